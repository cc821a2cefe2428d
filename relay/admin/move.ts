/** The `move` command. It moves the store in this process, because no relay may be running. */

import { resolve } from 'node:path';

import { BadConfig, checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move, type MovePlan } from '../store/move/move.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed } from './client.ts';
import { movePlanText } from './output.ts';
import type { Invocation } from './usage.ts';

/** The plan of a move in the output. */
export interface ShownPlan extends Omit<MovePlan, 'deadLetters'> {
  readonly dead_letters: number;
  /** Absolute path of the SQLite file. */
  readonly file: string;
}

/** Thrown inside a move that only checks both stores. */
class OnlyChecked extends Error {
  readonly plan: ShownPlan;

  constructor(plan: ShownPlan) {
    super('The move was only checked.');
    this.plan = plan;
  }
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
 * @throws {CommandFailed} if nothing was moved
 */
export async function moveStore(
  { to, isConfirmed }: Pick<Invocation, 'to' | 'isConfirmed'>,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<MoveResponse | ShownPlan> {
  try {
    const { databaseUrl, sqlitePath } = storeLocationFrom(environment);
    const file = resolve(sqlitePath);
    const target = to === undefined ? databaseUrl : checkedDatabaseUrl('--to', to);
    if (target === null) {
      throw new CommandFailed('"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.');
    }
    const { isMarked, deadLetters, ...rows } = await move(file, target, (plan) => {
      const { deadLetters, ...rows } = plan;
      const shown = { ...rows, dead_letters: deadLetters, file };
      if (!isConfirmed) throw new OnlyChecked(shown);
      print(movePlanText(shown));
    });
    return { ...rows, dead_letters: deadLetters, file, is_marked: isMarked, is_configured: target === databaseUrl };
  } catch (error) {
    if (error instanceof OnlyChecked) return error.plan;
    if (error instanceof BadConfig || error instanceof StoreUnavailable) throw new CommandFailed(error.message);
    throw error;
  }
}
