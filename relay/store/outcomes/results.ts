import { isDeletion } from '../../../wire/deletion.ts';
import type { DeliveryMetadata } from '../../../wire/sealing/format.ts';
import { columns, flag, insertRows, sql, updateRows, type Database, type Transaction } from '../database/database.ts';
import { lockHeld } from '../rows/locks.ts';
import { SKIPPED } from './operator.ts';
import { deleteDeliveries, expireEarlier, seqsOf } from '../rows/deletion.ts';
import { makeRemovable } from '../rows/removal.ts';
import {
  hasSend,
  IS_DEAD,
  IS_DEAD_BY_DELIVERY,
  IS_WAITING,
  IS_WAITING_BY_DELIVERY,
  SEND_STATES,
} from '../rows/send.ts';
import type { ChannelResults, ClaimId, SendResult, ReportedState } from '../rows/send.ts';
import { STATE_COLUMNS, TURNED_OFF } from '../rows/subscription.ts';
import type { ColumnName, ReadRow, WrittenRow } from '../database/row-types.ts';

/** Maximum number of attempts that are kept for each send. Newer attempts replace older attempts. */
export const KEPT_ATTEMPTS = 50;

const isWaiting = ({ state }: SendResult): boolean => state === 'waiting' || state === 'set_aside';
const sendKey = ({ seq, subscription }: Pick<SendResult, 'seq' | 'subscription'>): string => `${seq} ${subscription}`;

const rounded = (value: string | number | null) => (typeof value === 'number' ? Math.round(value) : value);
const stateRow = (state: ReportedState): WrittenRow<'subscriptions'> => ({
  key: state.subscription,
  id: state.subscriptionId,
  ...Object.fromEntries(STATE_COLUMNS.map((name) => [name, rounded(state[name])])),
});

/** A waiting send, with the current ids of its delivery and of its subscription. */
type OpenSend = Omit<SendResult, 'state' | 'failure' | 'response' | 'durationMs' | 'isRecorded' | 'isSentAgain'> & {
  readonly state: number;
};

/**
 * Returns the stored state of a send after a result. A send that still waits keeps its state and the time of its last
 * change.
 */
const stateAfter = ({ state, endedAt }: SendResult, open: OpenSend): Pick<OpenSend, 'state' | 'endedAt'> =>
  state === 'waiting' ? open : { state: SEND_STATES[state], endedAt };

/** Returns the sends of results that still wait, by {@link sendKey}. */
async function openSends({ all }: Transaction, results: readonly SendResult[]): Promise<Map<string, OpenSend>> {
  const subscriptions = [...new Set(results.map(({ subscription }) => subscription))];
  const waiting = await all<OpenSend>(sql`
    SELECT w.seq, d.id AS delivery_id, w.subscription, s.id AS subscription_id, w.state, w.ended_at
    FROM sends w JOIN deliveries d ON d.seq = w.seq JOIN subscriptions s ON s.key = w.subscription
    WHERE w.seq = ANY(${[...new Set(seqsOf(results))]}) AND w.subscription = ANY(${subscriptions}) AND ${IS_WAITING}`);
  return new Map(waiting.map((send) => [sendKey(send), send]));
}

async function writeStates(
  { run, write }: Transaction,
  sends: readonly SendResult[],
  open: ReadonlyMap<string, OpenSend>,
  states: readonly ReportedState[],
): Promise<void> {
  // The newest result of each send.
  const newest = [...new Map(sends.map((result) => [sendKey(result), result])).values()];
  const rows = newest.flatMap((result) => {
    const send = open.get(sendKey(result));
    if (!send) return [];
    const { seq, subscription, failure } = result;
    const { state, endedAt } = stateAfter(result, send);
    return { seq, subscription, failure, state, endedAt };
  });
  await write([
    updateRows('sends', ['seq', 'subscription'], rows),
    updateRows('subscriptions', ['key', 'id'], states.map(stateRow)),
  ]);
  const dead = newest.filter((result) => {
    const before = open.get(sendKey(result))?.state ?? SEND_STATES.dead;
    return result.state === 'dead' && before <= SEND_STATES.pending && result.failure !== SKIPPED;
  });
  for (const [subscription, { length }] of Map.groupBy(dead, (result) => result.subscription)) {
    await run(sql`UPDATE subscriptions SET untold_dead = untold_dead + ${length} WHERE key = ${subscription}`);
  }
  for (const { subscription, subscriptionId, skippedSeq } of states) {
    const update = sql`
      UPDATE subscriptions SET skip_seq = NULL
      WHERE key = ${subscription} AND id = ${subscriptionId} AND skip_seq = ${skippedSeq}`;
    if (skippedSeq !== null) await run(update);
  }
}

/** Records attempts, and keeps only the newest {@link KEPT_ATTEMPTS} of each send. */
async function recordAttempts({ all, run, write }: Transaction, sends: readonly SendResult[]): Promise<void> {
  const recorded = sends.flatMap(({ durationMs, ...send }) =>
    send.isRecorded && durationMs !== null ? { ...send, durationMs } : [],
  );
  if (recorded.length === 0) return;
  const rows = await all<{ seq: number; subscription: number; number: number; endedAt: number }>(sql`
    SELECT seq, subscription, max(number) AS number, max(ended_at) AS ended_at FROM attempts
    WHERE seq = ANY(${seqsOf(recorded)}) GROUP BY seq, subscription`);
  const known = new Map(rows.map((row) => [sendKey(row), row]));
  const numbers = new Map(rows.map((row) => [sendKey(row), row.number]));
  const attempts = recorded.flatMap((result) => {
    const { seq, subscription, endedAt, failure, response = null, durationMs, isSentAgain } = result;
    const key = sendKey(result);
    // A transaction whose response was lost may already have recorded the attempt.
    if (endedAt <= (known.get(key)?.endedAt ?? -Infinity)) return [];
    const number = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, number);
    return { seq, subscription, number, endedAt, failure, response, durationMs: Math.round(durationMs), isSentAgain };
  });
  await write([insertRows('attempts', attempts)]);
  for (const { seq, subscription, number } of attempts) {
    if (number <= KEPT_ATTEMPTS) continue;
    await run(sql`
      DELETE FROM attempts WHERE seq = ${seq} AND subscription = ${subscription} AND number <= ${number - KEPT_ATTEMPTS}`);
  }
}

/** A delivery that no longer waits. */
interface SettledRow extends Pick<DeliveryMetadata, 'model' | 'subjectId' | 'actions'> {
  readonly seq: number;
  /** Key of the channel. */
  readonly channel: number;
  readonly bytes: number;
  readonly isConcern: boolean;
  /** True if a send of the delivery is a dead letter. */
  readonly isDead: boolean;
}

const SETTLED_COLUMNS = [
  'key',
  'waitingBytes',
  'storedBytes',
  'removableFrom',
  'deadRemovableFrom',
] as const satisfies ColumnName<'channels'>[];

/** The columns of a channel that change when a delivery no longer waits. */
type SettledChannel = ReadRow<'channels', (typeof SETTLED_COLUMNS)[number]>;

/** Ends the comparison of a deleted subject. */
async function endComparison(transaction: Transaction, { seq, channel, model, subjectId }: SettledRow): Promise<void> {
  const ended = await transaction.run(sql`
    UPDATE subjects SET has_ended = true, earlier_seq = NULL, earlier_time = NULL
    WHERE channel = ${channel} AND model = ${model} AND subject_id = ${subjectId} AND seq = ${seq}`);
  if (ended === 0) return;
  await expireEarlier(transaction, [seq]);
  await transaction.run(sql`UPDATE deliveries SET earlier_seq = NULL WHERE seq = ${seq}`);
}

/**
 * Cleans up after deliveries that no longer wait. Deletes concerns, ends the comparison of deleted subjects, and
 * subtracts the deliveries from the waiting bytes of their channels. If `wereWaiting` is false, only dead letters have
 * ended, so nothing is subtracted. The channels must be locked.
 */
export async function settleDeliveries(transaction: Transaction, seqs: readonly number[], wereWaiting = true) {
  if (seqs.length === 0) return;
  const rows = await transaction.all<SettledRow>(sql`
    SELECT d.seq, d.channel, d.bytes, d.is_concern, d.model, d.subject_id, d.actions,
      ${flag('isDead', hasSend(IS_DEAD_BY_DELIVERY))}
    FROM deliveries d WHERE d.seq = ANY(${seqs}) AND NOT ${hasSend(IS_WAITING_BY_DELIVERY)}`);
  const byChannel = Map.groupBy(rows, (row) => row.channel);
  const channels = await transaction.all<SettledChannel>(sql`
    SELECT ${columns(SETTLED_COLUMNS)} FROM channels
    WHERE key = ANY(${[...byChannel.keys()]})`);
  const changed: WrittenRow<'channels'>[] = [];
  for (const { key, waitingBytes, storedBytes, ...positions } of channels) {
    const ended = byChannel.get(key) ?? [];
    const waiting = wereWaiting ? ended.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
    const settled = ended.filter(({ isDead }) => !isDead);
    const concerns = settled.filter(({ isConcern }) => isConcern);
    const stored = await deleteDeliveries(transaction, key, seqsOf(concerns));
    for (const row of settled) {
      if (!row.isConcern && isDeletion(row.model, row.actions)) await endComparison(transaction, row);
    }
    changed.push({
      key,
      waitingBytes: waitingBytes - waiting,
      storedBytes: storedBytes - stored,
      ...makeRemovable(positions, ended),
    });
  }
  // One statement updates all channels, because results of hundreds of channels are saved together while webhooks wait
  // for the locks of these channels.
  await transaction.write([updateRows('channels', ['key'], changed)]);
}

/**
 * Marks dead letters of turned-off Zaps as delivered if the target accepted them in an attempt that began before the
 * Zap was turned off. Without this mark, the console would send the accepted events again. The channels must be locked.
 */
async function deliverTurnedOff(transaction: Transaction, results: readonly SendResult[]): Promise<void> {
  const seqs: number[] = [];
  for (const { seq, deliveryId, subscription, subscriptionId, endedAt } of results) {
    const count = await transaction.run(sql`
      UPDATE sends AS w SET state = ${SEND_STATES.delivered}, failure = NULL, ended_at = ${endedAt}
      WHERE w.seq = (SELECT seq FROM deliveries WHERE seq = ${seq} AND id = ${deliveryId})
        AND w.subscription = (SELECT key FROM subscriptions WHERE key = ${subscription} AND id = ${subscriptionId})
        AND ${IS_DEAD} AND w.failure = ${TURNED_OFF}`);
    if (count > 0) seqs.push(seq);
  }
  await settleDeliveries(transaction, seqs, false);
}

/**
 * Makes locked channels due for a problem check if a Zap is failing, has just recovered, or has a new dead letter. The
 * next pass of `monitoring/notices.ts` performs the check.
 */
async function requestProblemCheck({ run }: Transaction, held: readonly ChannelResults[]): Promise<void> {
  const suspects = held.filter(
    ({ sends, states }) =>
      sends.some(({ state }) => state === 'dead') || states.some(({ failingSince }) => failingSince !== null),
  );
  const keysOf = (claims: readonly ClaimId[]) => claims.map(({ channel }) => channel);
  await run(sql`
    UPDATE channels SET problems_check_at = 0 WHERE key = ANY(${keysOf(held)}) AND coalesce(problems_check_at, 1) > 0
      AND (key = ANY(${keysOf(suspects)})
        OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel = channels.key AND s.failures > 0))`);
}

/** Creates the part of a store that saves the results of attempts. */
export function createResults(database: Database) {
  return {
    /** Saves results, with at most one state per subscription. Returns the claims that the process has lost. */
    saveResults: async (process: string, results: readonly ChannelResults[]): Promise<ClaimId[]> => {
      if (results.length === 0) return [];
      const save = async (transaction: Transaction) => {
        const held = await lockHeld(transaction, process, results);
        const sends = held.flatMap((each) => each.sends);
        const open = await openSends(transaction, sends);
        // Omit results whose send no longer exists. The send may have been deleted with its subscription, or a
        // transaction whose response was lost may have saved its result. If the database was set back to an older
        // state, the sequence number may belong to a different delivery, and the key to a subscription of a different
        // channel.
        const current = sends.filter((result) => {
          const send = open.get(sendKey(result));
          return send?.deliveryId === result.deliveryId && send.subscriptionId === result.subscriptionId;
        });
        const states = held.flatMap((each) => each.states);
        await requestProblemCheck(transaction, held);
        await writeStates(transaction, current, open, states);
        await recordAttempts(transaction, current);
        await settleDeliveries(transaction, [...new Set(seqsOf(current.filter((result) => !isWaiting(result))))]);
        const late = sends.filter((result) => result.state === 'delivered' && !open.has(sendKey(result)));
        await deliverTurnedOff(transaction, late);
        return results.filter((each) => !held.includes(each)).map(({ channel, claim }) => ({ channel, claim }));
      };
      return database.transaction(save, { isDurable: false });
    },
  };
}
