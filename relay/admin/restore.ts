/** The `restore` command. It works in this process, because no relay may be running. */

import { adminSocketFrom, storeLocationFrom } from '../config.ts';
import { restoreStore } from '../store/open.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed } from './client.ts';
import type { CommandValues } from './command-context.ts';
import { isServed } from './socket.ts';

/** Restores a backup of a SQLite file. The files that it replaces are renamed. @throws {CommandFailed} if this fails */
export async function restore({ file = '' }: CommandValues, environment: NodeJS.ProcessEnv): Promise<string> {
  const socket = adminSocketFrom(environment);
  if (socket !== null && (await isServed(socket))) {
    throw new CommandFailed('A relay is running. Stop it, and repeat the command.');
  }
  const location = storeLocationFrom(environment);
  try {
    const { store, previous } = await restoreStore(location, file);
    return (
      `Restored ${store} from ${file}. Start the relay.` +
      (previous === null ? '' : ` The previous files are now ${previous}*. Delete them when you no longer need them.`)
    );
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const reason = String(error).replace(/^Error: /, '');
    throw new CommandFailed(`The backup cannot be restored: ${reason}. Correct this, and repeat the command.`);
  }
}
