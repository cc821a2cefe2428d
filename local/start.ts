/**
 * `npm start`: reserves a port, creates a folder, and then loads and shows the demonstration. Loading takes a second.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CommandError, messageOf } from './command-error.ts';
import type { Demonstration } from './demonstration.ts';
import { portFrom, privateKeyFrom } from './environment.ts';
import { createHookServer } from './hook-server.ts';
import { listen } from './port-in-use.ts';

/**
 * Creates a temporary folder, which is removed on exit. A signal must therefore not end the process directly.
 * @throws {CommandError} if the folder cannot be created
 */
function createTemporaryFolder(): string {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-'));
  } catch (error) {
    throw new CommandError(
      `Could not create a temporary folder in ${tmpdir()}: ${messageOf(error)}. Set TMPDIR to a folder that is writable.`,
    );
  }
  process.on('exit', () => {
    try {
      // The relay's database thread is still running. Retry the removal if the thread creates a file meanwhile.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    } catch (error) {
      console.error(`Could not remove ${folder}: ${messageOf(error)}. Remove the folder by hand.`);
    }
  });
  return folder;
}

/** Starts the stand-ins, which keep the process running. @throws {CommandError} if the stand-ins cannot start */
export async function startDemonstration(showsAll: boolean): Promise<Demonstration> {
  const port = portFrom(process.env);
  const privateKey = privateKeyFrom(process.env);
  let demonstration: Demonstration | null = null;
  const loaded = Promise.withResolvers<Demonstration>();
  const server = createHookServer({
    receive: (key, request) => demonstration?.receive(key, request) ?? 503,
    // A delivery that arrives during startup waits until the demonstration is loaded.
    send: async (...delivery) => (await loaded.promise).send(...delivery),
  });
  const zapPort = await listen(server, port, !process.env.PORT);
  const folder = createTemporaryFolder();
  const { loadDemonstration } = await import('./demonstration.ts');
  demonstration = await loadDemonstration({ zapPort, privateKey, folder, showsAll });
  loaded.resolve(demonstration);
  return demonstration;
}

/** Starts the stand-ins, and shows the demonstration. @throws {CommandError} if the stand-ins cannot start */
export async function start(showsAll: boolean): Promise<void> {
  const demonstration = await startDemonstration(showsAll);
  await demonstration.show();
}
