/** The nightly backups: their times, the number of backups that are kept, and the files after a failure. */

import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { runNightlyBackups } from '../../admin/nightly-backups.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';

const MINUTE = 60 * SECOND;

let folder: string;
let now: number;
/** The current sleep of the relay; null while it checks for a due backup, or makes a backup. */
let asleep: { readonly milliseconds: number; readonly wake: () => void } | null;
let lines: string[];
/** Maximum number of complete backups in the folder while another backup was being written. */
let most: number;
/** The error that the store throws after it has written half of a backup; null if the store works. */
let failure: Error | null;
let stopping: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightly-'));
  now = Date.UTC(2026, 10, 25, 14);
  asleep = null;
  lines = [];
  most = 0;
  failure = null;
  stopping = new AbortController();
});
afterEach(() => {
  stopping.abort();
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, time = now): void {
  writeFileSync(path, 'content');
  utimesSync(path, time / 1000, time / 1000);
}

const clock = {
  now: () => now,
  sleep: (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      asleep = { milliseconds, wake: resolve };
      signal.addEventListener('abort', () => {
        resolve();
      });
    }),
};

/** Starts the relay's loop. Resolves once the loop sleeps. */
async function start(kept = 7): Promise<void> {
  const store = {
    backup: (path: string) => {
      most = Math.max(most, names().filter((name) => /T\d\d-\d\d-\d\d(-before-upgrade)?$/.test(name)).length);
      write(path);
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
  };
  const add = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: add, warn: add, error: add };
  void runNightlyBackups({ store, folder, kept, clock, log }, stopping.signal);
  await until(() => asleep !== null);
}

/** Advances the clock, and then wakes the loop up. Resolves once the loop sleeps again. */
async function pass(milliseconds: number): Promise<void> {
  const sleep = asleep;
  asleep = null;
  now += milliseconds;
  sleep?.wake();
  await until(() => asleep !== null);
}

async function restart(): Promise<void> {
  stopping.abort();
  stopping = new AbortController();
  asleep = null;
  await start();
}

const names = () => readdirSync(folder).sort();

describe('a backup', () => {
  it('is made at the first start, and every night at 03:00 UTC', async () => {
    await start();
    expect(names()).toEqual(['backup-2026-11-25T14-00-00']);
    expect(asleep?.milliseconds).toBe(MINUTE);
    await pass(13 * HOUR - 1);
    expect(names()).toHaveLength(1);
    await pass(1);
    expect(names()).toEqual(['backup-2026-11-25T14-00-00', 'backup-2026-11-26T03-00-00']);
    await pass(DAY - 1);
    expect(names()).toHaveLength(2);
    await pass(1);
    expect(names()).toHaveLength(3);
  });

  it('that was missed is made after the next start, and a restart repeats no backup', async () => {
    await start();
    now += 20 * HOUR;
    await restart();
    expect(names()).toEqual(['backup-2026-11-25T14-00-00', 'backup-2026-11-26T10-00-00']);
    await restart();
    expect(names()).toHaveLength(2);
  });

  it('is not made in a night in which another program has made a backup', async () => {
    write(join(folder, 'backup-by-hand'));
    await start();
    now += 14 * HOUR;
    write(join(folder, 'backup-of-a-timer'));
    await pass(0);
    expect(names()).toEqual(['backup-by-hand', 'backup-of-a-timer']);
  });
});

it('the relay keeps its newest backups, and all files that are not its own backups', async () => {
  const others = ['backup-2026-11-01', 'backup-before-the-move', 'relay.sqlite', 'backup-2026-11-01T03-00-00.old'];
  for (const name of others) write(join(folder, name), now - 30 * DAY);
  for (const day of ['18', '19', '20']) write(join(folder, `backup-2026-11-${day}T03-00-00`), now - 5 * DAY);
  write(join(folder, 'backup-2026-11-21T09-00-00-before-upgrade'), now - 4 * DAY);
  await start(2);
  const kept = ['backup-2026-11-21T09-00-00-before-upgrade', 'backup-2026-11-25T14-00-00'];
  expect(names()).toEqual([...others, ...kept].sort());
  expect(most).toBe(2);
});

it('a backup that fails leaves no file, deletes no older backup, and is tried again in an hour', async () => {
  write(join(folder, 'backup-2026-11-24T03-00-00'), now - 2 * DAY);
  failure = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
  await start(1);
  expect(names()).toEqual(['backup-2026-11-24T03-00-00']);
  expect(lines).toEqual([
    expect.stringMatching(
      /^The nightly backup failed\. The relay tries again in an hour\. .*too little space for .*backup-2026-11-25T14-00-00, which was not written\. Free some space/,
    ),
  ]);
  expect(asleep?.milliseconds).toBe(HOUR);
  failure = null;
  await pass(HOUR);
  expect(names()).toEqual(['backup-2026-11-25T15-00-00']);
});

it('a folder that is missing is reported, and does not end the loop', async () => {
  rmSync(folder, { recursive: true });
  await start();
  expect(lines).toEqual([expect.stringContaining('The nightly backup failed.')]);
});
