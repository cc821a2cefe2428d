/** The checks of the SQLite file's volume and file system, of the relay's folders, and of the free space on their disks. */

import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';

import type { Config } from '../config.ts';
import { networkShareProblem, type FileSystem } from '../file-system.ts';
import { nameOf } from '../log.ts';
import { isNearlyFull, sqliteFolderOf, type disksOf } from '../monitoring/disks.ts';
import { volumeProblem, type Place } from '../monitoring/volume.ts';
import { Trouble, Unchecked } from './check-result.ts';
import { sizeOf } from './formatting.ts';

/** Checks that SQLite can use the file system of its file, and that the file outlasts the container. */
export function checkVolume({ sqlitePath }: Config, place: Place, fileSystem: FileSystem | null): string {
  const problem = networkShareProblem(sqlitePath, fileSystem) ?? volumeProblem(sqlitePath, place);
  if (problem !== null) throw new Trouble(problem);
  if (place.mount === null) throw new Unchecked('Not checked, because the mounts of this system cannot be read.');
  return place.isContainer ? 'The SQLite file is on a volume.' : 'The relay does not run in a container.';
}

/** Checks that the relay has access to its folders, and that their disks have enough free space. */
export async function checkDisk(config: Config, readDisks: typeof disksOf): Promise<string> {
  const { maxChannelMb } = config;
  const found = [];
  for (const folder of new Set([sqliteFolderOf(config), config.backupFolder])) {
    if (folder === null) continue;
    // The relay reads the folder to find the newest backup.
    await access(folder, constants.W_OK)
      .then(() => readdir(folder))
      .catch((error: unknown) => {
        throw new Trouble(
          `The relay cannot use the folder ${folder} (${nameOf(error)}). Create the folder, or change its owner.`,
        );
      });
  }
  for (const disk of await readDisks(config)) {
    const { use, folder, freeBytes, bytes } = disk;
    const free = `${sizeOf(freeBytes)} of ${sizeOf(bytes)} are free in ${folder}`;
    if (isNearlyFull(disk)) throw new Trouble(`${free}. Free some space, so that at least 10 % and 1 GB are free.`);
    if (use === 'database' && freeBytes < maxChannelMb * 2 ** 20) {
      const limit = `RELAY_MAX_CHANNEL_MB (${maxChannelMb})`;
      throw new Trouble(`${free}, less than ${limit}. Free some space, or lower the limit.`);
    }
    found.push(free);
  }
  return `${found.join('; ')}.`;
}
