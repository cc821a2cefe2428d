/** Human-readable output of the commands. */

import { targetText } from '../store/move/target.ts';
import type { backUp } from './backup.ts';
import {
  MAX_LIMIT,
  type listChannels,
  type listDead,
  type listSubscriptions,
  type listWaiting,
  type SubscriptionLine,
} from './lists.ts';
import type { MoveResponse, ShownPlan } from './move.ts';
import type { forget, RepairResponse, replaceUrl } from './repairs.ts';
import type { restore } from './restore.ts';
import type { SkipResponse } from './skip.ts';
import { actionsOf, ageOf, durationOf, momentOf, sizeOf, tableOf } from './table.ts';

/** The response of a command. */
type ResponseOf<Run extends (...parameters: never) => Promise<object>> = Awaited<ReturnType<Run>>;

const SHORT_ID_LENGTH = 8;

/** Returns a number with its noun in the singular or plural. */
const countOf = (count: number, singular: string): string => `${count} ${singular}${count === 1 ? '' : 's'}`;

/** Formats the time since a moment that may not have happened yet. */
const agoOf = (time: string | null, now: number): string => (time === null ? 'never' : `${ageOf(time, now)} ago`);

export const channelsText = ({ channels }: ResponseOf<typeof listChannels>, now: number): string =>
  channels.length === 0
    ? 'This relay has no channels.'
    : tableOf(
        channels.map((line) => ({
          CHANNEL: line.channel,
          ZAPS: line.subscriptions,
          FAILING: line.failing,
          PAUSED: line.paused,
          WAITING: line.waiting,
          OLDEST: ageOf(line.oldest_waiting_at, now),
          DEAD: line.dead_letters,
          REMEMBERED: line.remembered,
          STORED: sizeOf(line.stored_bytes),
          'LAST EVENT': agoOf(line.last_event_at, now),
        })),
      );

/** Returns the description of a subscription's state. */
function stateOf(line: SubscriptionLine, now: number): string {
  const { failures, failing_since, last_failure, next_attempt_at, paused_since, is_redriving, ended_at } = line;
  if (ended_at !== null) return `off for ${ageOf(ended_at, now)} (410); the console can send its events to another Zap`;
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

export const subscriptionsText = ({ subscriptions }: ResponseOf<typeof listSubscriptions>, now: number): string =>
  subscriptions.length === 0
    ? 'There are no subscriptions: no Zap is on.'
    : tableOf(
        subscriptions.map((line) => ({
          SUBSCRIPTION: line.subscription.slice(0, SHORT_ID_LENGTH),
          CHANNEL: line.channel,
          ZAP: line.zap ?? '-',
          TRIGGER: line.trigger ?? '-',
          WAITING: line.waiting,
          OLDEST: ageOf(line.oldest_waiting_at, now),
          DEAD: line.dead_letters,
          STATE: stateOf(line, now),
          'LAST SUCCESS': agoOf(line.last_success_at, now),
          TARGET: line.target,
          EVENTS: line.actions ? actionsOf(line.actions) : `all except ${line.all_except?.length ?? 0}`,
        })),
      );

/** Returns a line with the number of events that a table omits. */
const andMore = (shown: number, total: number): string =>
  total > shown ? `\n... and ${total - shown} more. --limit shows up to ${MAX_LIMIT}.` : '';

export function waitingText({ subscription, events }: ResponseOf<typeof listWaiting>, now: number): string {
  if (events.length === 0) return 'No events are waiting for this subscription.';
  const rows = events.map((event) => ({
    NUMBER: event.number,
    RECEIVED: momentOf(event.received_at),
    AGE: ageOf(event.received_at, now),
    ATTEMPTS: event.attempts,
    SIZE: sizeOf(event.bytes),
    EVENTS: actionsOf(event.actions),
  }));
  return `${tableOf(rows)}${andMore(events.length, subscription.waiting)}`;
}

export function deadText({ subscription, events }: ResponseOf<typeof listDead>, now: number): string {
  if (events.length === 0) return 'This subscription has no dead letters.';
  const rows = events.map((event) => ({
    NUMBER: event.number,
    RECEIVED: momentOf(event.received_at),
    AGE: ageOf(event.received_at, now),
    'GIVEN UP': `${ageOf(event.dead_at, now)} ago`,
    REASON: event.is_redriven ? `${event.reason} (redriving)` : event.reason,
    SIZE: sizeOf(event.bytes),
    EVENTS: actionsOf(event.actions),
  }));
  return `${tableOf(rows)}${andMore(events.length, subscription.dead_letters)}`;
}

export const redriveText = ({ events }: RepairResponse): string =>
  `${countOf(events, 'dead letter')} will be delivered again. "dead" shows those that are left.`;

export const forgetText = ({ channel }: ResponseOf<typeof forget>): string =>
  `Deleted the channel ${channel} and all its data.`;

export function newUrlText({ channel, old_url_works_until }: ResponseOf<typeof replaceUrl>): string {
  const old =
    old_url_works_until === null
      ? 'The old one no longer works, so events are refused until the new one is in TutorCruncher.'
      : `The old one works until ${momentOf(old_url_works_until)}.`;
  return (
    `The channel ${channel} has a new webhook URL. ${old}\nAsk the owner of its Zaps to open a trigger in Zapier, to copy ` +
    'the URL that it shows, and to paste it into the integration in TutorCruncher.'
  );
}

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

export const backupText = ({ file, bytes }: ResponseOf<typeof backUp>): string => `Wrote ${sizeOf(bytes)} to ${file}.`;

export const restoreText = ({ file, store, previous }: ResponseOf<typeof restore>): string =>
  `Restored ${store} from ${file}. Start the relay.` +
  (previous === null ? '' : ` The previous files are now ${previous}*. Delete them when you no longer need them.`);

const movedRowsText = (rows: ShownPlan): string =>
  `${countOf(rows.channels, 'channel')}, ${countOf(rows.subscriptions, 'subscription')}, ` +
  `${countOf(rows.deliveries, 'stored request')} and ${countOf(rows.dead_letters, 'dead letter')}`;

export const movePlanText = (plan: ShownPlan): string =>
  `Source: ${plan.file}\nTarget: ${targetText(plan)}\nData:   ${movedRowsText(plan)}`;

export function moveText(response: MoveResponse | ShownPlan): string {
  if (!('is_marked' in response)) {
    return `${movePlanText(response)}\nNothing was moved. To move this data, repeat the command with --yes.`;
  }
  const { file, is_marked, is_configured } = response;
  const next = is_marked
    ? `No relay will use ${file} from now on. Keep it until events arrive.`
    : `The file could not be marked as moved. Rename ${file}, because a relay that uses it would send events a second time.`;
  const start = is_configured
    ? 'Start the relay with the same RELAY_DATABASE_URL.'
    : 'Set RELAY_DATABASE_URL to the database, and start the relay.';
  return `Moved ${movedRowsText(response)} into ${targetText(response)}.\n${start} ${next}`;
}
