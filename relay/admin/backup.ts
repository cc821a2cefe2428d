/**
 * Backups of the store, on command and every night. The relay writes the file, because only the relay is allowed to
 * open the SQLite file, and only the relay knows the database URL.
 */

import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { conflict } from '../http/problem.ts';
import { nameOf } from '../log.ts';
import { UNFINISHED } from '../store/backup-name.ts';
import { BackupFailed, type Store } from '../store/store.ts';
import type { CommandContext, CommandValues, FileOutput } from './command-context.ts';
import { sizeOf } from './formatting.ts';

/** Returns the reason for a failure, as text for the operator. */
function reasonOf(file: string, error: unknown): string {
  if (error instanceof BackupFailed) return error.message;
  const code = nameOf(error);
  if (code === 'EEXIST') return `${file} exists. A backup does not overwrite files, so choose another name.`;
  const isOneOf = (...codes: string[]) => codes.includes(code);
  if (isOneOf('ENOENT', 'ENOTDIR'))
    return `The directory of ${file} does not exist. Create it, or choose another directory.`;
  if (isOneOf('EACCES', 'EPERM', 'EROFS'))
    return `The relay has no permission to write ${file}. Choose a directory that the relay's user may write to.`;
  if (isOneOf('ENOSPC', 'EDQUOT', 'SQLITE_FULL'))
    return `The disk has too little space for ${file}, which was not written. Free some space, or choose another disk.`;
  return `The backup failed (${code}). The incomplete file was deleted. Check the relay's log, and then try again.`;
}

/**
 * Deletes the unfinished backups that a killed relay has left in a folder. The caller must ensure that no process is
 * writing a backup to the folder.
 */
export async function deleteUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.startsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
}

/**
 * Writes a backup of a store to a new file in a folder. Returns the path of the file.
 *
 * @throws if the backup cannot be written; the incomplete file is deleted
 */
async function writeUnfinished(store: Pick<Store, 'backup'>, folder: string): Promise<string> {
  const file = join(folder, UNFINISHED + randomUUID());
  try {
    await (await open(file, 'wx', 0o600)).close();
    await store.backup(file);
    const handle = await open(file, 'r+');
    // The sync makes the file durable.
    await handle.sync().finally(() => handle.close());
    return file;
  } catch (error) {
    for (const path of [file, `${file}-journal`]) await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes a backup of a store to a new file with mode 0600. The file gets its name once the backup is complete. Returns
 * the size of the file in bytes.
 *
 * @throws {Problem} if the file exists or cannot be written
 */
export async function writeBackup(store: Pick<Store, 'backup'>, file: string): Promise<number> {
  try {
    await (await open(file, 'wx')).close();
    await rm(file);
    const unfinished = await writeUnfinished(store, dirname(file));
    await rename(unfinished, file);
    return (await stat(file)).size;
  } catch (error) {
    throw conflict(reasonOf(file, error));
  }
}

/** The file name that represents the standard output or, for a restore, the standard input. */
export const STREAM = '-';

/**
 * Writes a backup to a file, opens the file, and removes it from its folder. The operating system frees the file's
 * space when the stream ends.
 *
 * @throws {Problem} if the backup cannot be written
 */
async function openBackup({ store, backupFolder }: CommandContext): Promise<FileOutput> {
  try {
    const file = await writeUnfinished(store, backupFolder);
    const handle = await open(file);
    await rm(file);
    return { file: handle.createReadStream(), bytes: (await handle.stat()).size };
  } catch (error) {
    throw conflict(reasonOf(backupFolder, error));
  }
}

/**
 * Writes a backup of the store to a new file, or returns a backup for the standard output.
 *
 * @throws {Problem} if the file exists, or if the backup cannot be written
 */
export async function backUp(context: CommandContext, { file = '' }: CommandValues): Promise<string | FileOutput> {
  const output = file === STREAM ? await openBackup(context) : null;
  const bytes = output?.bytes ?? (await writeBackup(context.store, file));
  context.log.info({ command: 'backup', bytes }, 'An operator made a backup.');
  return output ?? `Wrote ${sizeOf(bytes)} to ${file}.`;
}
