/** Helpers that start relays and run commands in separate processes, as the operator does. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';

import { hasExited, RELAY_MAIN } from '../../harness/relay-process.ts';
import { ORIGIN, REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Environment = Readonly<Record<string, string>>;

/** Returns functions that start processes. Each process ends with its test. */
export function spawnedRelays() {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Starts a relay, or runs a command with arguments. */
  function spawnRelay(environment: Environment, args: readonly string[] = [], wrapper: readonly string[] = []) {
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, RELAY_MAIN, ...args];
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      RELAY_ORIGIN: ORIGIN,
      RELAY_PORT: '0',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      ...environment,
    };
    const child = spawn(command, rest, { env });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const prints = async (text: string) => {
      await until(() => output.includes(text) || hasExited(child));
      if (!output.includes(text)) throw new Error(`The relay did not print "${text}", but: ${output}`);
    };
    return { child, output: () => output, prints };
  }

  /** Runs a process until it exits. */
  async function runToEnd(...options: Parameters<typeof spawnRelay>) {
    const { child, output } = spawnRelay(...options);
    const [code] = (await once(child, 'close')) as [number];
    return { code, output: output() };
  }

  /** Starts a relay. Resolves once the relay listens. */
  async function startListening(...options: Parameters<typeof spawnRelay>) {
    const run = spawnRelay(...options);
    await run.prints('The relay is listening.');
    const port = Number(/"port":(\d+)/.exec(run.output())?.[1]);
    return { ...run, port, url: `http://127.0.0.1:${port}` };
  }

  const folder = temporaryFolder();
  let count = 0;
  const newStore = () => ({ RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`) });

  return {
    spawnRelay,
    runToEnd,
    startListening,
    /** Returns the location of a store that does not exist yet. */
    newStore,
    /** Makes the newest process run longer than its test. The caller ends the process. */
    keepNewest: (): void => void children.pop(),
  };
}
