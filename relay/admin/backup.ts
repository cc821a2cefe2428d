/**
 * Backups of the store, on command and every night. The relay writes the file, because only the relay may open the SQLite
 * file, and only the relay knows the database URL.
 */

import { open, rm } from 'node:fs/promises';

import { conflict } from '../http/problem.ts';
import { nameOf } from '../log.ts';
import { BackupFailed, type Store } from '../store/store.ts';
import type { CommandContext, CommandValues } from './command-context.ts';
import { sizeOf } from './table.ts';

/** Returns the reason for a failure, as text for the operator. */
function reasonOf(file: string, error: unknown): string {
  if (error instanceof BackupFailed) return error.message;
  const code = nameOf(error);
  if (code === 'EEXIST') return `${file} exists. A backup does not overwrite files, so choose another name.`;
  const isOneOf = (...codes: string[]) => codes.includes(code);
  if (isOneOf('ENOENT', 'ENOTDIR')) return `The directory of ${file} does not exist. Create it, or choose another one.`;
  if (isOneOf('EACCES', 'EPERM', 'EROFS'))
    return `The relay may not write ${file}. Choose a directory that the relay's user may write to.`;
  if (isOneOf('ENOSPC', 'EDQUOT', 'SQLITE_FULL'))
    return `The disk has too little space for ${file}, which was not written. Free some space, or choose another disk.`;
  return `The backup failed (${code}). The incomplete file was deleted. Check the relay's log, and then try again.`;
}

/**
 * Writes a backup of a store to a new file with mode 0600. Returns its size in bytes.
 *
 * @throws {Problem} if the file exists or cannot be written; an incomplete file is deleted
 */
export async function writeBackup(store: Pick<Store, 'backup'>, file: string): Promise<number> {
  try {
    await (await open(file, 'wx', 0o600)).close();
  } catch (error) {
    throw conflict(reasonOf(file, error));
  }
  try {
    await store.backup(file);
    const handle = await open(file, 'r+');
    // Make the file durable.
    const written = handle.sync().then(() => handle.stat());
    return (await written.finally(() => handle.close())).size;
  } catch (error) {
    await rm(file, { force: true });
    await rm(`${file}-journal`, { force: true });
    throw conflict(reasonOf(file, error));
  }
}

/** Writes a backup of the store to a new file. @throws {Problem} if it exists or cannot be written */
export async function backUp({ store, log }: CommandContext, { file = '' }: CommandValues): Promise<string> {
  const bytes = await writeBackup(store, file);
  log.info({ command: 'backup', bytes }, 'An operator made a backup.');
  return `Wrote ${sizeOf(bytes)} to ${file}.`;
}
