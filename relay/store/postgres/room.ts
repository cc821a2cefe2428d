/** Room for new deliveries in channels that have reached a limit. */

import type pg from 'pg';

import { MAX_ACTION_LIST_BYTES, MAX_ACTION_LISTS, type StoreOptions } from '../store.ts';
import { passedListsOf, type PassedList } from './action-lists.ts';
import type { Connections } from './connections.ts';

/** The JSON of unknown actions. */
const UNKNOWN_ACTIONS = 'null';

/** Deliveries that were refused because their channel had no room. */
export interface Excess {
  readonly deliveries: number;
  /** Total size of their contents in bytes. */
  readonly bytes: number;
}

/** Runs a statement and returns its row; null if a row is locked and the caller does not wait for it. */
export type RunOnChannel = <Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<Row | null>;

/**
 * Converts a limit to a statement parameter. For no limit, it returns the largest integer that a number holds exactly.
 */
export const limitOf = (limit = Infinity): number => Math.min(limit, Number.MAX_SAFE_INTEGER);

const parametersOf = (lists: readonly PassedList[]): [ids: number[], passedUpTo: number[]] => [
  lists.map(({ id }) => id),
  lists.map(({ passedUpTo }) => passedUpTo),
];

/**
 * Removes deliveries of a channel that no subscription is waiting for.
 *
 * @returns `none` if there are no such deliveries, and `locked` if the channel is locked and the caller does not wait
 * for it
 */
export async function makeRoom(
  connections: Connections,
  run: RunOnChannel,
  channel: string,
  { deliveries, bytes }: Excess,
  { maxChannelDeliveries, maxChannelBytes }: StoreOptions,
): Promise<'made' | 'none' | 'locked'> {
  const lists = await passedListsOf(connections, channel);
  const row = await run<{ removed: boolean }>(
    'make-room',
    'SELECT relay_make_room($1, $2, $3, $4, $5, $6, $7) AS removed',
    [channel, deliveries, bytes, limitOf(maxChannelDeliveries), limitOf(maxChannelBytes), ...parametersOf(lists)],
  );
  if (!row) return 'locked';
  return row.removed ? 'made' : 'none';
}

/**
 * Adds action lists to a channel. If the channel has too many, removes some that no subscription is waiting for. If
 * that is not enough, adds the list of unknown actions.
 *
 * @param actions - the JSON of each list
 * @returns true if lists were added, or if none is missing; false if the actions of deliveries without a list must be
 *   stored as unknown
 */
export async function addActionLists(
  connections: Connections,
  run: RunOnChannel,
  channel: string,
  actions: readonly string[],
): Promise<boolean> {
  const add = (texts: readonly string[]) =>
    run<{ added: number; missing: number }>(
      'add-action-lists',
      'SELECT added, missing FROM relay_add_action_lists($1, $2, $3, $4)',
      [channel, texts, MAX_ACTION_LISTS, MAX_ACTION_LIST_BYTES],
    );
  const hasProgress = async (): Promise<boolean> => {
    const result = await add(actions);
    return result === null || result.added > 0 || result.missing === 0;
  };
  if (await hasProgress()) return true;
  const wanted = new Set(actions);
  const lists = (await passedListsOf(connections, channel))
    .filter((list) => list.newestSeq <= list.passedUpTo && !wanted.has(JSON.stringify(list.actions)))
    .sort((one, other) => one.newestSeq - other.newestSeq);
  await run('free-action-lists', 'SELECT relay_free_action_lists($1, $2, $3)', [channel, ...parametersOf(lists)]);
  if (await hasProgress()) return true;
  await add([UNKNOWN_ACTIONS]);
  return false;
}
