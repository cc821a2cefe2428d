import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { DAY, HOUR } from '../harness/durations.ts';
import { CHANNEL, delivery } from '../harness/sample-delivery.ts';
import { openSqliteInThread } from '../store/sqlite/sqlite-thread.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-sqlite-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

storeContract('SQLite, a file', () => Promise.resolve(openSqliteStore(newPath(), CONTRACT_OPTIONS)));
storeContract('SQLite, in a thread', () => openSqliteInThread(newPath(), CONTRACT_OPTIONS));

/** The tables of the first version, as they were released. */
const FIRST_VERSION = `
  CREATE TABLE channels (channel TEXT PRIMARY KEY, created_at INTEGER NOT NULL, last_event_at INTEGER,
    stored_bytes INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE, id TEXT NOT NULL, digest BLOB NOT NULL, body BLOB,
    signature TEXT NOT NULL, content_type TEXT NOT NULL, actions TEXT NOT NULL, received_at INTEGER NOT NULL,
    passed_at INTEGER) STRICT;
  CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);
  CREATE INDEX deliveries_by_digest ON deliveries (channel, digest);
  CREATE INDEX deliveries_unpassed ON deliveries (channel, seq) WHERE passed_at IS NULL;
  CREATE INDEX deliveries_passed ON deliveries (passed_at) WHERE passed_at IS NOT NULL;
  CREATE TABLE subscriptions (id TEXT PRIMARY KEY, channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    target_url TEXT NOT NULL, filter TEXT NOT NULL, cursor INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, last_success_at INTEGER,
    UNIQUE (channel, target_url, filter)) STRICT;
  CREATE TABLE dead_letters (subscription_id TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    seq INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE, reason TEXT NOT NULL, dead_at INTEGER NOT NULL,
    is_redriven INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (subscription_id, seq)) STRICT, WITHOUT ROWID;
  CREATE INDEX dead_letters_by_delivery ON dead_letters (seq);
  INSERT INTO channels VALUES ('${CHANNEL}', 0, 3, 6);
  INSERT INTO deliveries VALUES
    (1, '${CHANNEL}', 'one', x'01', x'7b7d', 's', 'application/json', '["A"]', 1, 10),
    (2, '${CHANNEL}', 'two', x'02', x'7b7d', 's', 'application/json', '["A"]', 2, NULL),
    (3, '${CHANNEL}', 'three', x'03', x'7b7d', 's', 'application/json', '["A"]', 3, NULL),
    (4, '${CHANNEL}', 'four', x'04', NULL, 's', 'application/json', '[]', 4, 4);
  INSERT INTO subscriptions VALUES ('zap', '${CHANNEL}', 'https://x/1', '{"actions":["A"]}', 2, 1, 99, 0, 10);
  INSERT INTO dead_letters VALUES ('zap', 2, 'HTTP 500', 50, 1);
  PRAGMA user_version = 1;
`;

describe('the SQLite file', () => {
  it('of the first version goes on where it was', async () => {
    const path = newPath();
    const old = new Database(path);
    old.exec(FIRST_VERSION);
    old.close();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    const { leases } = await store.lease({ holder: '', limit: 9, milliseconds: HOUR, now: 100 });
    expect(leases).toMatchObject([
      { channel: CHANNEL, lastSeq: 3, subscriptions: [{ id: 'zap', cursor: 2, failures: 1, isRedriving: true }] },
    ]);
    expect((await store.deliveriesAfter(CHANNEL, 2, 9)).map(({ id }) => id)).toEqual(['three']);
    expect((await store.redriven('zap', 9)).map(({ id }) => id)).toEqual(['two']);
    expect(await store.channelState(CHANNEL, 100)).toMatchObject({ events24h: 3, others24h: 1, storedBytes: 6 });
    expect(await store.totals(100)).toMatchObject({ deliveries: 4, deadLetters: 1 });
    // The first was passed, and goes; the second is a dead letter, the third waits.
    await store.retain({ bodyMs: 0, duplicateMs: 0, deadLetterMs: DAY }, 2 * HOUR);
    expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ id }) => id)).toEqual(['two', 'three']);
    await store.close();
  });

  it('is readable by nobody else', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, { maxChannels: 1, idleMs: DAY }, 0);
    for (const file of [path, `${path}-wal`]) expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    await store.close();
  });

  it('is safe against a power cut, as far as SQLite can make it', async () => {
    const store = openSqliteStore(newPath(), CONTRACT_OPTIONS);
    expect(store.database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(store.database.pragma('synchronous', { simple: true })).toBe(2);
    await store.close();
  });

  it('is refused to a second process', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    const script =
      `import('${new URL('../store/sqlite/sqlite-store.ts', import.meta.url).href}')` +
      `.then((m) => m.openSqliteStore(${JSON.stringify(path)}, {})).catch((error) => console.log(error.message))`;
    const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^Another process uses .*: stop the other one first\.\n$/);
    await store.close();
  });

  it('keeps what it holds when it is opened again, and refuses a newer one', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, { maxChannels: 1, idleMs: DAY }, 0);
    await store.ingest([delivery('A')]);
    await store.close();
    const again = openSqliteStore(path, CONTRACT_OPTIONS);
    expect(await again.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(1);
    again.database.pragma('user_version = 99');
    await again.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('says when it is full instead of losing something', async () => {
    const store = openSqliteStore(newPath(), { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, { maxChannels: 1, idleMs: DAY }, 0);
    const pages = store.database.pragma('page_count', { simple: true }) as number;
    store.database.pragma(`max_page_count = ${pages + 20}`);
    const big = () => delivery('A', { body: Buffer.alloc(200_000, String(Math.random())) });
    await expect(store.ingest([big()])).rejects.toThrow(/full/);
    expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toEqual([]);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await store.close();
  });

  it('reads no more than about a megabyte of bodies at once', async () => {
    const store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, { maxChannels: 1, idleMs: DAY }, 0);
    for (let i = 0; i < 6; i++) await store.ingest([delivery('A', { body: Buffer.alloc(400_000, String(i)) })]);
    await store.ingest([delivery('A', { body: Buffer.alloc(5_000_000, 'x') })]);
    const first = await store.deliveriesAfter(CHANNEL, 0, 50);
    expect(first).toHaveLength(3);
    expect(await store.deliveriesAfter(CHANNEL, 6, 50)).toHaveLength(1);
    await store.close();
  });

  it('is no folder and no text', () => {
    expect(() => openSqliteStore(folder, CONTRACT_OPTIONS)).toThrow(/Can't use .* as a database/);
    expect(() => openSqliteStore(join(folder, 'no', 'such', 'folder'), CONTRACT_OPTIONS)).toThrow(/Can't use/);
  });
});
