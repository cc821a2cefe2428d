import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { NPM, SCRIPT, start, STARTUP_MS } from './npm-start.ts';

const STARTING = 'Starting a relay';
const LAST_LINE = 'npm start -- tour';
const INTERRUPTED = [
  [0, null],
  // Until the first statement of the script runs, SIGINT ends the process by default.
  [null, 'SIGINT'],
];

describe('npm start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  // npm writes its compile cache to TMPDIR.
  const startIn = (args: string[], command = SCRIPT) =>
    start(args, { PORT: '0', TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' }, command);

  it.each<[when: string, args: string[], text: string, command: string[]]>([
    ['during the build', [], STARTING, SCRIPT],
    ['while the tour sends the events of the past', ['tour'], "TutorCruncher's API:", SCRIPT],
    ['through npm', [], LAST_LINE, NPM],
  ])(
    'leaves no files and prints no stack trace on Ctrl-C %s',
    async (_when, args, text, command) => {
      const { child, output, printed } = startIn(args, command);
      await printed(text);
      const end = once(child, 'close');
      // The terminal sends SIGINT to the whole process group.
      process.kill(-(child.pid ?? 0), 'SIGINT');
      expect(INTERRUPTED).toContainEqual(await end);
      expect(output()).not.toMatch(/Error|\n\s+at /);
      expect(readdirSync(folder)).toEqual([]);
    },
    STARTUP_MS,
  );

  it(
    'stops if npm ends on SIGTERM',
    async () => {
      const { child, printed } = startIn([], NPM);
      await printed(STARTING);
      child.kill('SIGTERM');
      // The output closes when the last process of the group has ended.
      await once(child, 'close');
      expect(readdirSync(folder)).toEqual([]);
    },
    STARTUP_MS,
  );

  it(
    'stops without a stack trace if nothing reads its output',
    async () => {
      const { child, errors, printed } = startIn([]);
      await printed(STARTING);
      child.stdout?.destroy();
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(errors()).toBe('');
      expect(readdirSync(folder)).toEqual([]);
    },
    STARTUP_MS,
  );
});
