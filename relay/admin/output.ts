/** Human-readable output of the commands. */

import { targetText } from '../store/move/target.ts';
import type {
  BackupResponse,
  ChannelsResponse,
  DeadResponse,
  ForgetResponse,
  MovePlan,
  MoveResponse,
  RepairResponse,
  SkipResponse,
  SubscriptionLine,
  SubscriptionsResponse,
  WaitingResponse,
} from './protocol.ts';
import { actionsOf, ageOf, durationOf, momentOf, sizeOf, tableOf } from './table.ts';

const SHORT_ID_LENGTH = 8;

const shortId = (id: string): string => id.slice(0, SHORT_ID_LENGTH);

/** Returns a number with its noun in the singular or plural. */
const countOf = (count: number, singular: string): string => `${count} ${singular}${count === 1 ? '' : 's'}`;

export const channelsText = ({ channels }: ChannelsResponse, now: number): string =>
  channels.length === 0
    ? 'This relay has no channels.'
    : tableOf(
        ['CHANNEL', 'ZAPS', 'FAILING', 'PAUSED', 'WAITING', 'OLDEST', 'DEAD', 'REMEMBERED', 'STORED', 'LAST EVENT'],
        channels.map((line) => [
          line.channel,
          line.subscriptions,
          line.failing,
          line.paused,
          line.waiting,
          ageOf(line.oldest_waiting_at, now),
          line.dead_letters,
          line.remembered,
          sizeOf(line.stored_bytes),
          line.last_event_at === null ? 'never' : `${ageOf(line.last_event_at, now)} ago`,
        ]),
      );

/** Returns the description of a subscription's state. */
function stateOf(line: SubscriptionLine, now: number): string {
  const { failures, failing_since, last_failure, next_attempt_at, paused_since, is_redriving } = line;
  const states = [];
  if (paused_since !== null) states.push(`paused for ${ageOf(paused_since, now)}`);
  if (failures > 0)
    states.push(`failing for ${ageOf(failing_since, now)} (${last_failure ?? 'unknown'}, ${failures}x)`);
  if (next_attempt_at !== null && paused_since === null) {
    const wait = Date.parse(next_attempt_at) - now;
    states.push(`next try ${wait > 0 ? `in ${durationOf(wait)}` : 'now'}`);
  }
  if (is_redriving) states.push('redriving');
  return states.join(', ') || 'ok';
}

export const subscriptionsText = ({ subscriptions }: SubscriptionsResponse, now: number): string =>
  subscriptions.length === 0
    ? 'There are no subscriptions: no Zap is on.'
    : tableOf(
        ['SUBSCRIPTION', 'CHANNEL', 'WAITING', 'OLDEST', 'DEAD', 'STATE', 'LAST SUCCESS', 'TARGET', 'EVENTS'],
        subscriptions.map((line) => [
          shortId(line.subscription),
          line.channel,
          line.waiting,
          ageOf(line.oldest_waiting_at, now),
          line.dead_letters,
          stateOf(line, now),
          line.last_success_at === null ? 'never' : `${ageOf(line.last_success_at, now)} ago`,
          line.target,
          line.actions ? actionsOf(line.actions) : `all except ${line.all_except?.length ?? 0}`,
        ]),
      );

/** Returns a line with the number of events that a table omits. */
const andMore = (shown: number, total: number): string =>
  total > shown ? `\n... and ${total - shown} more. --limit shows up to 1000.` : '';

export function waitingText({ subscription, events }: WaitingResponse, now: number): string {
  if (events.length === 0) return 'No events are waiting for this subscription.';
  const table = tableOf(
    ['NUMBER', 'RECEIVED', 'AGE', 'ATTEMPTS', 'SIZE', 'EVENTS'],
    events.map((event) => [
      event.number,
      momentOf(event.received_at),
      ageOf(event.received_at, now),
      event.attempts,
      sizeOf(event.bytes),
      actionsOf(event.actions),
    ]),
  );
  return `${table}${andMore(events.length, subscription.waiting)}`;
}

export function deadText({ subscription, events }: DeadResponse, now: number): string {
  if (events.length === 0) return 'This subscription has no dead letters.';
  const table = tableOf(
    ['NUMBER', 'RECEIVED', 'AGE', 'GIVEN UP', 'REASON', 'SIZE', 'EVENTS'],
    events.map((event) => [
      event.number,
      momentOf(event.received_at),
      ageOf(event.received_at, now),
      `${ageOf(event.dead_at, now)} ago`,
      event.is_redriven ? `${event.reason} (redriving)` : event.reason,
      sizeOf(event.bytes),
      actionsOf(event.actions),
    ]),
  );
  return `${table}${andMore(events.length, subscription.dead_letters)}`;
}

export const redriveText = ({ events }: RepairResponse): string =>
  `${countOf(events, 'dead letter')} will be delivered again. "dead" shows those that are left.`;

export const forgetText = ({ channel }: ForgetResponse): string => `Deleted the channel ${channel} and all its data.`;

export const pauseText = ({ events }: RepairResponse): string =>
  `Paused. ${countOf(events, 'event')} will wait until "resume". The pause does not count towards their age.`;

export const resumeText = ({ events }: RepairResponse): string =>
  `Resumed. ${countOf(events, 'waiting event')} will be delivered.`;

const SKIP_RESULTS: Readonly<Record<SkipResponse['result'], string>> = {
  skipped: 'was skipped. It is a dead letter now, so "redrive" can deliver it.',
  delivered: 'was just delivered, so it was not skipped.',
  requested: 'will be skipped when the attempt in progress ends.',
};

export const skipText = ({ number, result }: SkipResponse): string => `Event ${number} ${SKIP_RESULTS[result]}`;

export const backupText = ({ file, bytes }: BackupResponse): string => `Wrote ${sizeOf(bytes)} to ${file}.`;

const movedRowsText = (rows: MovePlan): string =>
  `${countOf(rows.channels, 'channel')}, ${countOf(rows.subscriptions, 'subscription')}, ` +
  `${countOf(rows.deliveries, 'stored request')} and ${countOf(rows.dead_letters, 'dead letter')}`;

export const movePlanText = (plan: MovePlan): string =>
  `Source: ${plan.file}\nTarget: ${targetText(plan)}\nData:   ${movedRowsText(plan)}`;

export function moveText(response: MoveResponse): string {
  const { file, is_marked, is_configured } = response;
  const next = is_marked
    ? `No relay will use ${file} from now on. Keep it until events arrive.`
    : `The file could not be marked as moved. Rename ${file}, because a relay that uses it would send events a second time.`;
  const start = is_configured
    ? 'Start the relay with the same RELAY_DATABASE_URL.'
    : 'Set RELAY_DATABASE_URL to the database, and start the relay.';
  return `Moved ${movedRowsText(response)} into ${targetText(response)}.\n${start} ${next}`;
}
