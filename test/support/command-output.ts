/** The output of a command that runs in the same process as the test. */

import { jest } from '@jest/globals';

import { CommandError } from '../../local/command-error.ts';

/** Runs a part of a command in this process, in a wide terminal. Returns its output and its error message. */
export async function outputOf(run: () => Promise<void>): Promise<{ output: string; error: string }> {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const { columns } = process.stdout;
  process.stdout.columns = 1000;
  try {
    const error = await run().then(
      () => '',
      (reason: unknown) => {
        if (reason instanceof CommandError) return reason.message;
        throw reason;
      },
    );
    return { output: log.mock.calls.map(([text]) => `${String(text)}\n`).join(''), error };
  } finally {
    process.stdout.columns = columns;
    log.mockRestore();
  }
}

/** Returns the method, path and body of each request that `do` or `poll` prints. */
export const sentIn = (output: string): unknown[] =>
  [...output.matchAll(/^(GET|POST|PUT|OPTIONS) (\/api\/\S*)(?:\n(\{\n[\s\S]*?\n\}))?$/gm)].map(
    ([, method, path, body]) => [method, path, ...(body === undefined ? [] : [JSON.parse(body) as unknown])],
  );
