import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { interrupt, INTERRUPTED, NPM, SCRIPT, start, STARTUP_MS, type Run } from '../support/npm-start.ts';

const STARTING = 'Starting a relay';
/** The ways in which npm ends after SIGTERM: by the signal, or with the exit code that stands for the signal. */
const ENDS_OF_NPM = [
  [null, 'SIGTERM'],
  [143, null],
];

it.each<[how: string, args: string[], command: string[], text: string, stop: (run: Run) => void, ends: unknown[]]>([
  ['on Ctrl-C during the build', [], SCRIPT, STARTING, interrupt, INTERRUPTED],
  ['on Ctrl-C during the start of the relay', [], SCRIPT, "TutorCruncher's API:", interrupt, INTERRUPTED],
  ['if npm ends on SIGTERM', [], NPM, STARTING, ({ child }) => child.kill('SIGTERM'), ENDS_OF_NPM],
  ['if nothing reads its output', [], SCRIPT, STARTING, ({ child }) => child.stdout?.destroy(), [[0, null]]],
])(
  'npm start ends %s, leaves no files and prints no stack trace',
  async (_how, args, command, text, stop, ends) => {
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
    // npm writes its compile cache to TMPDIR.
    const run = start(args, { PORT: '0', TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' }, command);
    await run.printed(text);
    // The output closes when the last process of the group has ended.
    const end = once(run.child, 'close');
    stop(run);
    expect(ends).toContainEqual(await end);
    expect(run.output()).not.toMatch(/Error|\n\s+at /);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  },
  STARTUP_MS,
);
