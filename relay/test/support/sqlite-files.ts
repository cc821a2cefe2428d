import { join } from 'node:path';

import { DAY } from '../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { openSqliteStore } from '../../store/sqlite/open-file.ts';
import { TEST_OPTIONS } from './store-context.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The registration of the channel that each store has. */
export const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };

/** Creates a folder for the SQLite files of a test file. The folder is deleted after the tests. */
export function sqliteFiles() {
  const folder = temporaryFolder();
  let count = 0;
  const newPath = (name = 'relay') => join(folder, `${++count}-${name}`);
  return {
    folder,
    /** Returns the path of a file that does not exist yet. */
    newPath,
    /** Opens a store with a channel, by default in a new file. */
    open: async (path = newPath(), options = TEST_OPTIONS) => {
      const store = openSqliteStore(path, options);
      await store.registerChannel(CHANNEL, REGISTRATION, 0);
      return store;
    },
  };
}
