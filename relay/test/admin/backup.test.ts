/** Backups of both kinds of stores: their creation under load, their restore, and their failures. */

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deleteUnfinished, writeBackup } from '../../admin/backup.ts';
import { sendCommand } from '../../admin/socket-client.ts';
import { postWebhook } from '../../harness/relay-requests.ts';
import { openAttempt } from '../../harness/opened-deliveries.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../harness/target-server.ts';
import { until } from '../../harness/until.ts';
import { environmentOf } from '../../store/postgres/backup.ts';
import { runIn, startAdminRelay, type AdminRelay } from '../support/admin-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase } from '../support/test-database.ts';

type Environment = Readonly<Record<string, string>>;

/** Maximum rates of delivery, high enough to deliver the backlog within the test. */
const FAST = { pace: { pacePerSubscription: 5_000, pacePerChannel: 5_000 } };

const folder = temporaryFolder();
let count = 0;

const newPath = (suffix = ''): string => join(folder, `${++count}${suffix}`);

/**
 * Defines the tests for a kind of store.
 *
 * @param newStore - returns the variables with the location of a new, empty store
 * @param restore - restores a backup, and returns the variables with the location of the restored store
 */
function backupTests(
  newStore: () => Promise<Environment>,
  restore: (file: string, from: Environment) => Promise<Environment>,
): void {
  let relay: AdminRelay;
  let target: TargetServer;
  let isDown: boolean;
  let store: Environment;
  const others = () => ({ RELAY_ADMIN_SOCKET: newPath('.sock'), RELAY_TARGET_ORIGINS: target.origin });

  beforeEach(async () => {
    isDown = true;
    target = await startTargetServer((response) => {
      response.statusCode = isDown ? 500 : 200;
      response.end();
    });
    store = await newStore();
    relay = await startAdminRelay({ ...store, ...others() }, FAST);
  });
  afterEach(async () => {
    await relay.stop();
    target.close();
  });

  it('contains every event that was acknowledged before its start, under load', async () => {
    const id = await relay.subscribe(`${target.origin}/x`);
    const acknowledged: string[] = [];
    let isLoading = true;
    const sender = async (): Promise<void> => {
      while (isLoading) {
        const body = bodyOf('A');
        if ((await postWebhook(relay.url, body)).status === 202) acknowledged.push(body.toString());
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, sender));
    await until(() => acknowledged.length > 100);

    const file = newPath('.backup');
    const before = [...acknowledged];
    const { code, output } = await relay.run(`backup ${file}`);
    const after = acknowledged.length;
    isLoading = false;
    await load;
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^Wrote [\d.]+ [kM]?B to /) });
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}-`))).toEqual([]);
    expect(relay.logged()).toMatch(/"command":"backup".*An operator made a backup\./);
    expect(after).toBeGreaterThan(before.length);

    await relay.stop();
    target.received.length = 0;
    isDown = false;
    relay = await startAdminRelay({ ...(await restore(file, store)), ...others() }, FAST);
    await until(async () =>
      (await relay.rows('subscriptions')).some(
        ({ SUBSCRIPTION, WAITING }) => SUBSCRIPTION === id.slice(0, 8) && WAITING === '0',
      ),
    );
    const opened = await Promise.all(target.received.map(({ body }) => openAttempt(body)));
    const received = new Set(opened.map(({ body }) => Buffer.from(body).toString()));
    expect(before.filter((body) => !received.has(body))).toEqual([]);
  });

  it('does not overwrite files, and leaves no incomplete file', async () => {
    const existing = newPath();
    writeFileSync(existing, 'precious');
    const refusals: [string, string][] = [
      [existing, 'A backup does not overwrite files, so choose another name.'],
      [join(folder, 'none', 'x'), 'does not exist. Create it, or choose another directory.'],
      [folder, 'A backup does not overwrite files'],
    ];
    for (const [file, message] of refusals) {
      expect(await relay.run(`backup ${file}`)).toEqual({ code: 1, output: expect.stringContaining(message) });
    }
    expect(readFileSync(existing, 'utf8')).toBe('precious');
  });
}

describe('a backup of a SQLite file', () => {
  backupTests(
    () => Promise.resolve({ RELAY_SQLITE_PATH: newPath('.sqlite') }),
    async (file, from) => {
      expect(await runIn({ ...from, RELAY_ADMIN_SOCKET: 'off' }, 'restore', file)).toMatchObject({ code: 0 });
      return from;
    },
  );
});

describeWithDatabase('a backup of a PostgreSQL database', (database) => {
  backupTests(
    async () => ({ RELAY_DATABASE_URL: await database.newSchema() }),
    async (file, { RELAY_DATABASE_URL: url = '' }) => {
      const schema = /search_path=(\w+)/.exec(decodeURIComponent(url))?.[1] ?? '';
      await database.query(`DROP SCHEMA ${schema} CASCADE`);
      const { PGDATABASE = '', ...environment } = environmentOf(url);
      const args = ['--no-owner', '--exit-on-error', `--dbname=${PGDATABASE}`, file];
      await promisify(execFile)('pg_restore', args, { env: { ...process.env, ...environment } });
      return { RELAY_DATABASE_URL: url };
    },
  );
});

describe('a backup that fails', () => {
  const failing = (code: string) => ({
    backup: (file: string) => {
      writeFileSync(`${file}-journal`, '');
      return Promise.reject(Object.assign(new Error('The disk.'), { code }));
    },
  });

  it.each([
    ['EACCES', "The relay has no permission to write FILE. Choose a directory that the relay's user may write to."],
    ['EROFS', 'The relay has no permission to write FILE.'],
    [
      'ENOSPC',
      'The disk has too little space for FILE, which was not written. Free some space, or choose another disk.',
    ],
    ['EDQUOT', 'The disk has too little space for FILE,'],
    ['SQLITE_FULL', 'The disk has too little space for FILE,'],
    ['EIO', "The backup failed (EIO). The incomplete file was deleted. Check the relay's log, and then try again."],
  ])('because of %s says what to do, and leaves no file', async (code, message) => {
    const inner = newPath();
    mkdirSync(inner);
    const file = join(inner, 'backup');
    await expect(writeBackup(failing(code), file)).rejects.toThrow(message.replace('FILE', file));
    expect(readdirSync(inner)).toEqual([]);
  });
});

it('a backup for the standard output is sent from a file that has already been removed from its folder', async () => {
  const inner = newPath();
  mkdirSync(inner);
  const socket = newPath('.sock');
  const relay = await startAdminRelay({ RELAY_SQLITE_PATH: join(inner, 'relay.sqlite'), RELAY_ADMIN_SOCKET: socket });
  let start = '';
  let names: string[] = [];
  const target = new Writable({
    write: (part: Buffer, _encoding, done) => {
      if (start === '') start = part.toString('latin1', 0, 15);
      names = readdirSync(inner);
      done();
    },
  });
  await sendCommand(socket, 'backup', { file: '-' }, 0, target);
  await relay.stop();
  expect(start).toBe('SQLite format 3');
  expect(names).toContain('relay.sqlite');
  expect(names.filter((name) => name.includes('backup'))).toEqual([]);
});

it('only the unfinished backups that a relay has left behind are deleted', async () => {
  const inner = newPath();
  await deleteUnfinished(inner);
  mkdirSync(inner);
  for (const name of ['unfinished-backup-1', 'unfinished-backup-2-journal', 'backup-1']) {
    writeFileSync(join(inner, name), '');
  }
  await deleteUnfinished(inner);
  expect(readdirSync(inner)).toEqual(['backup-1']);
});
