/** Tests of the command `restore`, which restores a backup in place of a SQLite file. */

import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { openSqliteStore } from '../../../store/sqlite/open-file.ts';
import { prepareRestore, restorePrepared } from '../../../store/sqlite/restore.ts';
import { StoreUnavailable } from '../../../store/store.ts';
import { startAdminRelay } from '../../support/admin-relay.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { failure, StoreWithBackup } from '../../support/store-with-backup.ts';

const bed = new StoreWithBackup();

async function countIn(file: string): Promise<number> {
  const opened = openSqliteStore(file, TEST_OPTIONS);
  const { deliveries } = await opened.totals();
  await opened.close();
  return deliveries;
}

describe('a restore', () => {
  it('replaces the store and a left-over log with the backup, and keeps both under another name', async () => {
    await bed.store.close();
    writeFileSync(`${bed.path}-wal`, 'left over');
    // Only root can give a file to another group.
    const { uid, gid: own } = statSync(bed.folder);
    const gid = uid === 0 ? 7 : own;
    chownSync(bed.folder, uid, gid);
    const { code, output } = await bed.restore();
    expect(code).toBe(0);
    const [, previous = ''] = /^Restored .* Start the relay\. The previous files are now (.*)\*\. /.exec(output) ?? [];
    expect(readFileSync(bed.path)).toEqual(readFileSync(bed.backup));
    expect(statSync(bed.path)).toMatchObject({ mode: 0o100600, gid });
    expect(readFileSync(`${previous}-wal`, 'utf8')).toBe('left over');
    rmSync(`${previous}-wal`);
    expect([await countIn(bed.path), await countIn(previous)]).toEqual([1, 2]);
  });

  it('needs no previous store', async () => {
    await bed.store.close();
    rmSync(bed.path);
    expect(await bed.restore()).toEqual({
      code: 0,
      output: `Restored ${bed.path} from ${bed.backup}. Start the relay.`,
    });
    expect(await countIn(bed.path)).toBe(1);
  });

  it('changes nothing while a relay uses the file, even if the file was deleted', async () => {
    const message = /^A relay (is running|uses .*)\. Stop it, and repeat the command(, or add --at-restart)?\.$/;
    const before = bed.files();
    expect(await bed.restore()).toEqual(failure(message));
    expect(bed.files()).toEqual(before);
    await bed.store.close();
    const relay = await startAdminRelay({ RELAY_SQLITE_PATH: bed.path, RELAY_ADMIN_SOCKET: join(bed.folder, 's') });
    rmSync(bed.path);
    expect(await bed.restore({ RELAY_ADMIN_SOCKET: join(bed.folder, 's') })).toEqual(failure(message));
    await relay.stop();
  });

  it('changes nothing if a relay starts while the backup is copied', async () => {
    await bed.store.close();
    const restoring = bed.restore();
    while (!existsSync(`${bed.path}.${process.pid}`)) await new Promise((resolve) => setImmediate(resolve));
    bed.store = openSqliteStore(bed.path, TEST_OPTIONS);
    expect(await restoring).toEqual(failure(/^A relay uses .*\. Stop it, and repeat the command\.$/));
    expect((await bed.store.totals()).deliveries).toBe(2);
  });

  it('follows a symbolic link to the file', async () => {
    const link = join(bed.folder, 'link');
    symlinkSync(bed.path, link);
    expect(await bed.restore({ RELAY_SQLITE_PATH: link })).toEqual(failure(/^A relay uses /));
    await bed.store.close();
    expect(await bed.restore({ RELAY_SQLITE_PATH: link })).toMatchObject({ code: 0 });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(await countIn(bed.path)).toBe(1);
  });

  it('refuses to replace a folder', async () => {
    const inner = join(bed.folder, 'inner');
    mkdirSync(inner);
    expect(await bed.restore({ RELAY_SQLITE_PATH: inner })).toEqual(
      failure(/ is not a file\. Set RELAY_SQLITE_PATH to /),
    );
    expect(statSync(inner).isDirectory()).toBe(true);
  });
});

describe('a prepared backup', () => {
  it('replaces the store when a relay starts, but not while a relay uses the file', async () => {
    const prepared = await prepareRestore(bed.path, bed.backup);
    expect(await restorePrepared(bed.path)).toBeNull();
    expect(existsSync(prepared)).toBe(true);
    await bed.store.close();
    const restored = await restorePrepared(bed.path);
    expect([await countIn(bed.path), await countIn(restored?.previous ?? '')]).toEqual([1, 2]);
    expect(await restorePrepared(bed.path)).toBeNull();
  });

  it('that this version cannot use changes nothing, and is not tried again', async () => {
    await bed.store.close();
    const prepared = await prepareRestore(bed.path, bed.backup);
    writeFileSync(prepared, 'of a newer version');
    await expect(restorePrepared(bed.path)).rejects.toBeInstanceOf(StoreUnavailable);
    expect([existsSync(prepared), existsSync(`${prepared}-refused`)]).toEqual([false, true]);
    expect(await restorePrepared(bed.path)).toBeNull();
    expect(await countIn(bed.path)).toBe(2);
  });

  it('is replaced by a backup that is restored at once', async () => {
    await bed.store.close();
    const prepared = await prepareRestore(bed.path, bed.backup);
    expect(await bed.restore()).toMatchObject({ code: 0 });
    expect(existsSync(prepared)).toBe(false);
  });
});
