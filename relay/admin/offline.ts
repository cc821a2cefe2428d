/** The commands that work in this process on the files of a stopped relay: `restore` and `move`. */

import { resolve } from 'node:path';

import { adminSocketFrom, checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move, targetText, type MovePlan } from '../store/move/move.ts';
import { restoreStore } from '../store/open.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed, isServed } from './client.ts';
import type { CommandValues } from './command-context.ts';
import { countOf } from './table.ts';

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

const rowsText = ({ channels, subscriptions, deliveries, deadLetters }: MovePlan): string =>
  `${countOf(channels, 'channel')}, ${countOf(subscriptions, 'subscription')}, ` +
  `${countOf(deliveries, 'stored request')} and ${countOf(deadLetters, 'dead letter')}`;

/**
 * Moves the SQLite file of a stopped relay into a PostgreSQL database, after printing both. Without `--yes`, only checks
 * whether it could be moved. @throws {CommandFailed | BadConfig | StoreUnavailable} if nothing was moved
 */
export async function moveStore(
  { to, yes }: CommandValues,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<string> {
  const { databaseUrl, sqlitePath } = storeLocationFrom(environment);
  const file = resolve(sqlitePath);
  const target = to === undefined ? databaseUrl : checkedDatabaseUrl('--to', to);
  if (target === null) {
    throw new CommandFailed('"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.');
  }
  const { plan, isMarked } = await move(file, target, (found) => {
    print(`Source: ${file}\nTarget: ${targetText(found)}\nData:   ${rowsText(found)}`);
    return yes !== undefined;
  });
  if (yes === undefined) return 'Nothing was moved. To move this data, repeat the command with --yes.';
  const next = isMarked
    ? `No relay will use ${file} from now on. Keep it until events arrive.`
    : `The file could not be marked as moved. Rename ${file}, because a relay that uses it would send events a second time.`;
  const start =
    target === databaseUrl
      ? 'Start the relay with the same RELAY_DATABASE_URL.'
      : 'Set RELAY_DATABASE_URL to the database, and start the relay.';
  return `Moved ${rowsText(plan)} into ${targetText(plan)}.\n${start} ${next}`;
}
