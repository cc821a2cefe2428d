/** An uploaded app that runs as at Zapier: extracted into an empty folder, in a separate process. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Version } from '../../local/developer-api/integration.ts';
import { createTemporaryFolder } from '../../local/temporary-folder.ts';
import { hookEvent, messageOf, methodEvent, type Runner } from '../../local/zapier.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { checkContents, extract } from '../upload.ts';

/** A run of the handler. */
export interface LambdaRequest {
  readonly id: number;
  readonly event: unknown;
}

/** The outcome of a run. */
export type LambdaResponse =
  | { readonly id: number; readonly results: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

/** An app that runs in a process. */
export interface Lambda extends Runner {
  readonly stop: () => Promise<void>;
}

/** Returns a function that runs the handler on an event. It throws an error with the handler's name and message. */
function invokeIn(child: ChildProcess): (event: unknown) => Promise<unknown> {
  let requests = 0;
  return (event) =>
    new Promise((resolve, reject) => {
      const id = ++requests;
      const settle = (response: LambdaResponse): void => {
        if (response.id !== id) return;
        child.off('message', settle).off('exit', fail);
        if ('results' in response) resolve(response.results);
        else reject(Object.assign(new Error(response.error.message), { name: response.error.name }));
      };
      const fail = (): void => {
        reject(new Error('The process of the uploaded app ended during a run. Its output is printed above.'));
      };
      child.on('message', settle).once('exit', fail);
      child.send({ id, event } satisfies LambdaRequest);
    });
}

/**
 * Extracts the upload of a version into an empty folder, checks its contents, and starts it.
 *
 * @param environment - variables in addition to the version's own
 * @param privateKey - private key of the connection
 * @throws {Error} if the upload lacks a file of the app or contains other files
 */
export function startLambda(version: Version, environment: NodeJS.ProcessEnv, privateKey: string): Lambda {
  const folder = createTemporaryFolder();
  checkContents(extract(version.buildZip, folder), folder);
  const { PATH, NODE_EXTRA_CA_CERTS } = process.env;
  const child = fork(fileURLToPath(new URL('lambda-process.ts', import.meta.url)), [folder], {
    cwd: folder,
    env: { PATH, NODE_EXTRA_CA_CERTS, ...Object.fromEntries(version.environment), ...environment },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const invoke = invokeIn(child);
  return {
    call: (method, bundle = {}) => invoke(methodEvent(method, bundle, privateKey)),
    perform: async (triggerKey, request, inputData) => {
      try {
        return { records: (await invoke(hookEvent(triggerKey, request, privateKey, inputData))) as FlatRecord[] };
      } catch (error) {
        return { error: messageOf(error), isRefusal: error instanceof Error && error.name === 'HaltedError' };
      }
    },
    stop: async () => {
      if (!child.connected) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
