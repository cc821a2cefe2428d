/** The `move` command. It moves the store in this process, because no relay may be running. */

import { resolve } from 'node:path';

import { checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move, type MovePlan } from '../store/move/move.ts';
import { CommandFailed } from './client.ts';
import type { CommandValues } from './command-context.ts';

/** The plan of a move in the output. */
export interface ShownPlan extends Omit<MovePlan, 'deadLetters'> {
  readonly dead_letters: number;
  /** Absolute path of the SQLite file. */
  readonly file: string;
}

/** The output of `move` with `--yes`. */
export interface MoveResponse extends ShownPlan {
  /** True if the file is marked as moved, which prevents relays from using it. */
  readonly is_marked: boolean;
  /** True if `RELAY_DATABASE_URL` is the URL of the database. */
  readonly is_configured: boolean;
}

/**
 * Moves the SQLite file of a stopped relay into a PostgreSQL database. Without `--yes`, only checks whether it could be
 * moved.
 *
 * @param print - prints the source and the target before anything is written
 * @throws {CommandFailed | BadConfig | StoreUnavailable} if nothing was moved
 */
export async function moveStore(
  { to, isConfirmed }: Pick<CommandValues, 'to' | 'isConfirmed'>,
  environment: NodeJS.ProcessEnv,
  print: (plan: ShownPlan) => void,
): Promise<MoveResponse | ShownPlan> {
  const { databaseUrl, sqlitePath } = storeLocationFrom(environment);
  const file = resolve(sqlitePath);
  const target = to === undefined ? databaseUrl : checkedDatabaseUrl('--to', to);
  if (target === null) {
    throw new CommandFailed('"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.');
  }
  const shown = ({ deadLetters, ...plan }: MovePlan): ShownPlan => ({ ...plan, dead_letters: deadLetters, file });
  const { plan, isMarked } = await move(file, target, (plan) => {
    if (isConfirmed) print(shown(plan));
    return isConfirmed;
  });
  if (!isConfirmed) return shown(plan);
  return { ...shown(plan), is_marked: isMarked, is_configured: target === databaseUrl };
}
