import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { selectsNotices } from '../../wire/notice.ts';
import { isUnusualSilence } from '../../wire/silence.ts';
import { describeDuration, describeZaps } from './zap-status.ts';

/** The status of a channel, as paragraphs of text. */
export interface ChannelStatus {
  readonly channel: readonly string[];
  readonly zaps: readonly string[];
  /** A mention of the trigger Delivery Problem, while no Zap uses it. */
  readonly hint: readonly string[];
}

const FOREIGN_SIGNATURE =
  'The newest webhook was signed with another private key. Paste the URL into no other integration.';

const HINT = 'To be told when events do not arrive, turn on a Zap with the trigger **Delivery Problem**.';

const NOTHING_RECEIVED = 'no webhook received yet';

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);

function describeLastWebhook(state: JsonObject, now: number): string {
  const time = timeOf(state.last_event_at);
  const pause = state.longest_pause_seconds;
  const age = now - timeOf(state.created_at);
  if (isUnusualSilence(now - time, typeof pause === 'number' ? pause * 1000 : null, age)) {
    return (
      `no webhook for ${describeDuration(now - time)}, which is much longer than usual. TutorCruncher may have switched the ` +
      'integration off: open **Settings > API** and check'
    );
  }
  return Number.isNaN(time) ? NOTHING_RECEIVED : `last webhook received ${describeDuration(now - time)} ago`;
}

/** Describes the use of the old webhook URL. Returns no text unless the newest webhook arrived at the old URL. */
function describeOldUrl({ last_event_at, old_webhook_url: old }: JsonObject, now: number): string[] {
  if (!isJsonObject(old) || timeOf(old.last_event_at) !== timeOf(last_event_at)) return [];
  const remaining = timeOf(old.works_until) - now;
  const end = remaining > 0 ? `stops working in ${describeDuration(remaining)}` : 'no longer works';
  return [`TutorCruncher still uses the old URL, which ${end}. Paste the one above.`];
}

const hasNoticeZap = ({ subscriptions }: JsonObject): boolean =>
  Array.isArray(subscriptions) && subscriptions.filter(isJsonObject).some(selectsNotices);

/**
 * Describes the state of a channel and of the Zaps of one trigger, in paragraphs.
 * @param state - the relay's response to the request for the state of the channel
 * @param hasForeignSignature - true if the newest webhook is known to be signed with another key
 * @param filter - the action filter of the trigger
 */
export const describeChannel = (
  state: JsonObject,
  hasForeignSignature: boolean,
  filter: ActionFilter,
  now = Date.now(),
): ChannelStatus => ({
  channel: [
    `Status: ${describeLastWebhook(state, now)}.`,
    ...describeOldUrl(state, now),
    ...(hasForeignSignature ? [FOREIGN_SIGNATURE] : []),
  ],
  zaps: [describeZaps(state.subscriptions, filter, now, state.gone_subscriptions)],
  hint: selectsNotices(filter) || hasNoticeZap(state) ? [] : [HINT],
});
