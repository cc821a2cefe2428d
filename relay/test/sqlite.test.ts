import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';

import { openSqliteInThread } from '../store/sqlite-thread.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { CHANNEL, DAY, delivery } from './helpers.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-sqlite-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

storeContract('SQLite, a file', () => Promise.resolve(openSqliteStore(newPath(), CONTRACT_OPTIONS)));
storeContract('SQLite, in a thread', () => openSqliteInThread(newPath(), CONTRACT_OPTIONS));

describe('the SQLite file', () => {
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
      `import('${new URL('../store/sqlite.ts', import.meta.url).href}')` +
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
