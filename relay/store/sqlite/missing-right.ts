/** Finds the rights to the files of a SQLite store that this process lacks. */

import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

import { nameOf } from '../../log.ts';

/**
 * Returns the name of the user of this process, or the numeric user id if the user has no name, as in some containers.
 */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** Returns the error code if this process cannot change a file or folder; otherwise null. */
function obstacleTo(place: string): string | null {
  try {
    accessSync(place, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return nameOf(error);
  }
}

/**
 * Returns a sentence that names the missing right to a store's folder or files, and its remedy; null if no right is
 * missing.
 */
export function missingRight(path: string): string | null {
  const folder = dirname(path);
  for (const place of [folder, path, `${path}-lock`, `${path}-wal`, `${path}-shm`]) {
    const obstacle = obstacleTo(place);
    if (obstacle === 'EROFS') {
      return `the file system that contains ${folder} is read-only. Mount a volume there, or change RELAY_SQLITE_PATH.`;
    }
    if (obstacle === 'EACCES') {
      return `the user ${userName()} may not write to ${place}. Make this user the owner of ${folder} and of the files in it.`;
    }
  }
  return null;
}
