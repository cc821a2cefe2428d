/** The rights to the files of a SQLite store that its process lacks. */

import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

import { nameOf } from '../../log.ts';

/** Returns the name of the user of this process, or else its number. A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** Returns the code of the error that keeps this process from changing a file or folder; null without an error. */
function obstacleTo(place: string): string | null {
  try {
    accessSync(place, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return nameOf(error);
  }
}

/**
 * Returns a sentence about the right to a store's folder or files that this process lacks, and its remedy; null if no
 * right is missing.
 */
export function missingRight(path: string): string | null {
  const folder = dirname(path);
  for (const place of [folder, path, `${path}-lock`, `${path}-wal`, `${path}-shm`]) {
    const obstacle = obstacleTo(place);
    if (obstacle === 'EROFS') {
      return `the file system with ${folder} is read-only. Mount a volume there, or change RELAY_SQLITE_PATH.`;
    }
    if (obstacle === 'EACCES') {
      return `the user ${userName()} may not write to ${place}. Make this user the owner of ${folder} and of the files in it.`;
    }
  }
  return null;
}
