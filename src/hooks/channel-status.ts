/** Description of a connection's channel for the owner of a Zap. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { JsonObject } from '../../wire/json.ts';
import { describeDuration } from './duration.ts';
import type { ChannelAnswer } from './relay-client.ts';
import { describeZaps } from './zap-status.ts';

/** The connector's knowledge about a channel. */
export interface ChannelKnowledge {
  readonly answer: Exclude<ChannelAnswer, { kind: 'unusable' }>;
  /** True if the newest webhook is known to be signed with a key other than the connection's. */
  readonly hasForeignSignature: boolean;
  /** The action filter of the trigger whose Zaps are described. */
  readonly filter: ActionFilter;
}

/** The status of a channel, as paragraphs of text. */
export interface ChannelStatus {
  readonly channel: readonly string[];
  /** The Zaps of one trigger; empty if their state is unknown. */
  readonly zaps: readonly string[];
}

const FOREIGN_SIGNATURE =
  "The newest webhook was signed with another private key, not with this connection's. Paste the URL into the " +
  'integration whose private key this connection uses, and into no other.';

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
      'integration off: open **Settings > API** and check that it is active'
    );
  }
  return Number.isNaN(time) ? NOTHING_RECEIVED : `last webhook received ${describeDuration(now - time)} ago`;
}

const WITHOUT_STATE: Readonly<Record<Exclude<ChannelKnowledge['answer']['kind'], 'state'>, string>> = {
  refused: "the relay does not accept this connection; ask the relay's operator",
  unavailable: 'the relay does not respond',
  unregistered: NOTHING_RECEIVED,
};

/** Describes the state of a channel and of the Zaps of one trigger, in paragraphs. */
export function describeChannel(
  { answer, hasForeignSignature, filter }: ChannelKnowledge,
  now = Date.now(),
): ChannelStatus {
  if (answer.kind !== 'state') return { channel: [`Status: ${WITHOUT_STATE[answer.kind]}.`], zaps: [] };
  return {
    channel: [
      `Status: ${describeLastWebhook(answer.state, now)}.`,
      ...(hasForeignSignature ? [FOREIGN_SIGNATURE] : []),
    ],
    zaps: [describeZaps(answer.state.subscriptions, filter, now)],
  };
}
