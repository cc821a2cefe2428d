/** Conditions on the table `d` (deliveries) that select events for the console and the operator. */

import type { EventConditions, Outcome } from '../../../wire/console-api.ts';
import { join, sql, type Sql } from '../database/database.ts';
import { hasSend, IS_DEAD, IS_DELIVERED, IS_WAITING } from '../rows/send.ts';

/** A range of event numbers. */
export interface NumberRange {
  /** Exclusive lower bound. */
  readonly after: number;
  /** Inclusive upper bound. */
  readonly upTo: number;
}

/** The condition on the table `w` (sends) for each outcome, most urgent outcome first. */
export const OUTCOME_CONDITIONS: Readonly<Record<Exclude<Outcome, 'not_wanted'>, Sql>> = {
  failed: sql`${IS_WAITING} AND w.failure IS NOT NULL`,
  given_up: IS_DEAD,
  waiting: sql`${IS_WAITING} AND w.failure IS NULL`,
  delivered: IS_DELIVERED,
};
/** The outcomes of sends, most urgent first. */
export const SEND_OUTCOMES = Object.keys(OUTCOME_CONDITIONS) as (keyof typeof OUTCOME_CONDITIONS)[];

/** The range of all events. */
export const ALL_NUMBERS: NumberRange = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

/** Returns the condition that the number of a delivery is in a range. */
export const isIn = ({ after, upTo }: NumberRange): Sql => sql`d.number > ${after} AND d.number <= ${upTo}`;

/** Returns the condition that a delivery contains an action. */
export const containsAction = (action: string): Sql =>
  sql`replace(CAST(d.actions AS text), ${JSON.stringify(action)}, '') <> CAST(d.actions AS text)`;

/**
 * Returns the condition for the deliveries of a channel, except notices and deliveries whose retention period has
 * ended.
 */
export const isShown = (channel: string): Sql =>
  sql`d.channel = (SELECT key FROM channels WHERE channel = ${channel}) AND d.number > 0 AND NOT d.is_remembered`;

/**
 * Returns the condition for the events whose most urgent outcome is `outcome`, among the sends that meet the condition
 * `zap`.
 */
function hasOutcome(outcome: Outcome, zap: Sql): Sql {
  const exists = (condition: Sql) => hasSend(sql`${condition} AND ${zap}`);
  if (outcome === 'not_wanted') return sql`NOT ${exists(sql`w.state >= 0`)}`;
  const more = SEND_OUTCOMES.slice(0, SEND_OUTCOMES.indexOf(outcome)).map(
    (each) => sql`NOT ${exists(OUTCOME_CONDITIONS[each])}`,
  );
  return join([exists(OUTCOME_CONDITIONS[outcome]), ...more], ' AND ');
}

/** Returns the SQL conditions for the filters that the console user or the operator has chosen. */
export function conditionsOf({ outcome, zap, action, from, to }: EventConditions): Sql[] {
  const conditions: Sql[] = [];
  if (from !== undefined) conditions.push(sql`d.received_at >= ${from}`);
  if (to !== undefined) conditions.push(sql`d.received_at < ${to}`);
  if (action) conditions.push(sql`(${join([sql`1 = 0`, ...action.map(containsAction)], ' OR ')})`);
  const isOfZap =
    zap === undefined ? sql`1 = 1` : sql`w.subscription = (SELECT key FROM subscriptions WHERE id = ${zap})`;
  if (outcome !== undefined) conditions.push(hasOutcome(outcome, isOfZap));
  else if (zap !== undefined) {
    const isOlder = sql`d.seq <= (SELECT starts_after FROM subscriptions WHERE id = ${zap})`;
    conditions.push(sql`(${isOlder} OR ${hasSend(isOfZap)})`);
  }
  return conditions;
}
