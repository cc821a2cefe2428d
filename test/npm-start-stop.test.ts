import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { freePort, NPM, runToEnd, start, STARTUP_MS, type Run } from './npm-start.ts';

describe('npm start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Presses Ctrl-C: the terminal sends SIGINT to the whole process group. */
  async function interrupt({ child, output }: Run): Promise<void> {
    const end = once(child, 'close');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    // Until the first statement of the script runs, SIGINT ends the process by default.
    expect([
      [0, null],
      [null, 'SIGINT'],
    ]).toContainEqual(await end);
    expect(output()).not.toMatch(/Error|\n\s+at /);
    expect(readdirSync(folder)).toEqual([]);
  }

  it.each([50, 300, 500, 800, 1500])(
    'leaves no files and prints no stack trace on Ctrl-C after %d ms',
    async (delay) => {
      const run = start([], { PORT: '0', TMPDIR: folder });
      await new Promise((resolve) => setTimeout(resolve, delay));
      await interrupt(run);
    },
  );

  it.each([
    'Building the app',
    '1. Two Zaps',
    'Sent the sample for Lesson',
    '2. A lesson is moved',
    "3. A trigger in Zapier's",
    '4. A Zap answers',
    'Listening on',
    'Lesson Updated runs',
  ])(
    'leaves no files and prints no stack trace on Ctrl-C after "%s"',
    async (text) => {
      const run = start([], { PORT: '0', TMPDIR: folder });
      await run.printed(text);
      await interrupt(run);
    },
    STARTUP_MS,
  );

  it.each(['Building the app', 'Listening on'])(
    'leaves no files and prints no stack trace on Ctrl-C through npm after "%s"',
    async (text) => {
      const run = start([], { PORT: '0', TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' }, NPM);
      await run.printed(text);
      await interrupt(run);
    },
    STARTUP_MS,
  );

  it('stops if npm ends on SIGTERM', async () => {
    const run = start([], { PORT: '0', TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' }, NPM);
    await run.printed('Building the app');
    run.child.kill('SIGTERM');
    // The output closes when the last process of the group has ended.
    await once(run.child, 'close');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['Building the app', 'Two Zaps are on'])(
    'leaves no files and prints no stack trace if nothing reads its output after "%s"',
    async (text) => {
      const run = start([], { PORT: '0', TMPDIR: folder });
      await run.printed(text);
      run.child.stdout?.destroy();
      expect(await once(run.child, 'close')).toEqual([0, null]);
      expect(run.errors()).toBe('');
      expect(readdirSync(folder)).toEqual([]);
    },
    STARTUP_MS,
  );

  it(
    'accepts a delivery that is sent during the build',
    async () => {
      const port = await freePort();
      const run = start([], { PORT: port, TMPDIR: folder });
      await run.printed('Building the app');
      expect((await runToEnd(['send', 'note_added'], { PORT: port })).code).toBe(0);
      await interrupt(run);
    },
    STARTUP_MS,
  );
});
