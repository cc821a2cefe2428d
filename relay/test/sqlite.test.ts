import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { DEAD_AFTER_MS, HEARTBEAT_MS } from '../store/claims.ts';
import { migrate, sqliteMigrations } from '../store/sqlite/open-file.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { DAY } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';
import { countTest } from './store-contract/counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-sqlite-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

storeContract('SQLite', () => {
  const path = newPath();
  return Promise.resolve((options) => Promise.resolve(openSqliteStore(path, options)));
});
countTest('a SQLite store', (options) => {
  const store = openSqliteStore(':memory:', options);
  const query = (text: string) => Promise.resolve(store.database.prepare<[], Record<string, number>>(text).all());
  return Promise.resolve({ store, query });
});

const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };

describe('a SQLite file', () => {
  it('keeps its data when a migration is added, and applies each migration once', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    await store.close();

    const database = new Database(path);
    const migrations = [
      ...sqliteMigrations(),
      `ALTER TABLE channels ADD COLUMN note TEXT NOT NULL DEFAULT 'none';
       UPDATE channels SET note = note || ' yet';`,
    ];
    for (let run = 0; run < 2; run++) migrate(database, migrations);
    expect(database.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(database.prepare('SELECT channel, note, digests FROM channels').all()).toEqual([
      { channel: CHANNEL, note: 'none yet', digests: 1 },
    ]);
    expect(database.prepare('SELECT count(*) AS count FROM deliveries').get()).toEqual({ count: 1 });
    database.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('is unchanged when a migration fails', () => {
    const database = new Database(':memory:');
    const first = 'CREATE TABLE last_seq (seq INTEGER);';
    migrate(database, [first]);
    const failing = [first, 'CREATE TABLE two (id INTEGER); INSERT INTO three VALUES (1);'];
    expect(() => {
      migrate(database, failing);
    }).toThrow(/three/);
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    const tables = database.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();
    expect(tables).toEqual(['last_seq']);
    database.close();
  });

  it('has claims that are lost by the clock of the store', async () => {
    const clock = new FakeClock();
    const store = openSqliteStore(':memory:', CONTRACT_OPTIONS, clock.now);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, 0);
    expect(await store.heartbeat('one', false)).toBe(false);
    expect(await store.heartbeat('one', true)).toBe(true);
    const claim = (process: string) => store.claim(process, 9);
    expect(await claim('one')).toHaveLength(1);
    await store.heartbeat('two', true);
    await clock.advance(HEARTBEAT_MS - 1);
    expect(await store.heartbeat('one', false)).toBe(true);
    await clock.advance(DEAD_AFTER_MS - 1);
    expect(await claim('two')).toEqual([]);
    await clock.advance(1);
    expect(await store.heartbeat('one', false)).toBe(false);
    expect(await claim('two')).toHaveLength(1);
    await store.close();
  });

  it('deletes the waiting events of a Zap that was turned off by a process that was killed', async () => {
    const store = openSqliteStore(':memory:', CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 1 }, 0);
    await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, 0);
    await store.ingest([delivery('A')]);
    store.database.exec('UPDATE subscriptions SET ended_at = 1');
    while (await store.retain(Date.now() + 4 * DAY));
    expect(await store.deliverySummaries(CHANNEL, 0, 1)).toEqual([]);
    expect(store.database.prepare('SELECT waiting_bytes, stored_bytes FROM channels').all()).toEqual([
      { waiting_bytes: 0, stored_bytes: 0 },
    ]);
    await store.close();
  });

  it('ends the claims of a process that was killed', async () => {
    const path = newPath();
    const clock = new FakeClock();
    const first = openSqliteStore(path, CONTRACT_OPTIONS, clock.now);
    await first.registerChannel(CHANNEL, LIMITS, 0);
    await first.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, 0);
    await first.heartbeat('one', true);
    const before = await first.claim('one', 9);
    await first.close();
    const second = openSqliteStore(path, CONTRACT_OPTIONS, clock.now);
    await second.heartbeat('two', true);
    const after = await second.claim('two', 9);
    expect(after).toHaveLength(1);
    expect(after[0]?.claim).toBeGreaterThan(before[0]?.claim ?? Infinity);
    await second.close();
  });

  it('is readable only by its owner', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    for (const file of [path, `${path}-wal`]) expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    await store.close();
  });

  it("is written with SQLite's durable settings", async () => {
    const store = openSqliteStore(newPath(), CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    expect(store.database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(store.database.pragma('synchronous', { simple: true })).toBe(2);
    await store.close();
  });

  it('is locked against a second process', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    const script =
      `import('${new URL('../store/sqlite/sqlite-store.ts', import.meta.url).href}')` +
      `.then((m) => m.openSqliteStore(${JSON.stringify(path)}, {})).catch((error) => console.log(error.message))`;
    const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^Another process uses .*Stop that process first\.\n$/);
    await store.close();
  });

  it('keeps its data when it is opened again, and is refused when a newer version wrote it', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    await store.close();
    const again = openSqliteStore(path, CONTRACT_OPTIONS);
    expect(await again.deliverySummaries(CHANNEL, 0, 10)).toHaveLength(1);
    again.database.pragma('user_version = 99');
    await again.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('rejects a delivery when the disk is full, and accepts one that fits', async () => {
    const store = openSqliteStore(newPath(), { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, LIMITS, 0);
    const pages = store.database.pragma('page_count', { simple: true }) as number;
    store.database.pragma(`max_page_count = ${pages + 20}`);
    const big = () => delivery('A', { body: randomBytes(200_000) });
    await expect(store.ingest([big()])).rejects.toThrow(/full/);
    expect(await store.deliverySummaries(CHANNEL, 0, 10)).toEqual([]);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await store.close();
  });

  it('cannot be a folder, or be in a folder that does not exist', () => {
    expect(() => openSqliteStore(folder, CONTRACT_OPTIONS)).toThrow(/Can't use .* as a database/);
    expect(() => openSqliteStore(join(folder, 'no', 'such', 'folder'), CONTRACT_OPTIONS)).toThrow(/Can't use/);
  });
});
