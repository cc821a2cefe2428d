/** Description of a connection's channel for the owner of a Zap. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { describeDuration } from './duration.ts';
import { describeZaps } from './zap-status.ts';

/** The connector's knowledge about a channel. */
export interface ChannelKnowledge {
  /** The relay's response to the request for the state of the channel. */
  readonly state: JsonObject;
  /** True if the newest webhook is known to be signed with a key other than the connection's. */
  readonly hasForeignSignature: boolean;
  /** The action filter of the trigger whose Zaps are described. */
  readonly filter: ActionFilter;
}

/** The status of a channel, as paragraphs of text. */
export interface ChannelStatus {
  readonly channel: readonly string[];
  /** The Zaps of one trigger. */
  readonly zaps: readonly string[];
}

const FOREIGN_SIGNATURE =
  'The newest webhook was signed with another private key. Paste the URL into no other integration.';

const NOTHING_RECEIVED = 'no webhook received yet';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Minimum age at which a channel's pauses are considered typical, because they include a quiet weekend. */
const SETTLED_MS = 14 * DAY_MS;
/** Shortest unusual silence, for a settled channel and for a new one. */
const MIN_SILENCE_MS = DAY_MS;
const MIN_SILENCE_OF_NEW_MS = 3 * DAY_MS;
/** The longest usual pause of a channel whose pauses are unknown. */
const DEFAULT_PAUSE_MS = 3.5 * DAY_MS;

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);

/**
 * Returns true if a channel has been silent for much longer than usual: more than twice its longest pause in the last
 * two weeks.
 */
function isUnusual(silence: number, state: JsonObject, now: number): boolean {
  const { created_at, longest_pause_seconds: pause } = state;
  const isSettled = now - timeOf(created_at) >= SETTLED_MS;
  const usual = typeof pause === 'number' ? pause * 1000 : DEFAULT_PAUSE_MS;
  return silence > Math.max(isSettled ? MIN_SILENCE_MS : MIN_SILENCE_OF_NEW_MS, 2 * usual);
}

function describeLastWebhook(state: JsonObject, now: number): string {
  const time = timeOf(state.last_event_at);
  if (isUnusual(now - time, state, now)) {
    return (
      `no webhook for ${describeDuration(now - time)}, which is much longer than usual. TutorCruncher may have switched the ` +
      'integration off: open **Settings > API** and check'
    );
  }
  return Number.isNaN(time) ? NOTHING_RECEIVED : `last webhook received ${describeDuration(now - time)} ago`;
}

/**
 * Describes the use of the old webhook URL. Returns no text if the newest webhook arrived at the current URL, or if the
 * URL has never been replaced.
 */
function describeOldUrl({ last_event_at, old_webhook_url: old }: JsonObject, now: number): string[] {
  if (!isJsonObject(old) || timeOf(old.last_event_at) !== timeOf(last_event_at)) return [];
  const remaining = timeOf(old.works_until) - now;
  const end = remaining > 0 ? `stops working in ${describeDuration(remaining)}` : 'no longer works';
  return [`TutorCruncher still uses the old URL, which ${end}. Paste the one above.`];
}

/** Describes the state of a channel and of the Zaps of one trigger, in paragraphs. */
export const describeChannel = (
  { state, hasForeignSignature, filter }: ChannelKnowledge,
  now = Date.now(),
): ChannelStatus => ({
  channel: [
    `Status: ${describeLastWebhook(state, now)}.`,
    ...describeOldUrl(state, now),
    ...(hasForeignSignature ? [FOREIGN_SIGNATURE] : []),
  ],
  zaps: [describeZaps(state.subscriptions, filter, now, state.gone_subscriptions)],
});
