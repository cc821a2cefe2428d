/**
 * The `move` command. The operator's process moves the data of a stopped relay's SQLite file into a PostgreSQL
 * database.
 */

import { resolve } from 'node:path';

import { checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move, targetText, type MovePlan } from '../store/move/move.ts';
import type { CommandValues } from './command-context.ts';
import { countOf } from './formatting.ts';
import { CommandFailed } from './socket-client.ts';

const rowsText = ({ channels, subscriptions, deliveries, deadLetters }: MovePlan): string =>
  `${countOf(channels, 'channel')}, ${countOf(subscriptions, 'subscription')}, ` +
  `${countOf(deliveries, 'stored request')} and ${countOf(deadLetters, 'dead letter')}`;

/**
 * Moves the data of a stopped relay's SQLite file into a PostgreSQL database, after printing the names of the file and
 * the database. Without `--yes`, only checks that the move is possible.
 *
 * @throws {CommandFailed | BadConfig | StoreUnavailable} if the data cannot be moved
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
