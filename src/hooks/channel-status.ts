/** The state of a connection's channel in words, for the owner of a Zap. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { JsonObject } from '../../wire/json.ts';
import { describeDuration } from './duration.ts';
import type { ChannelAnswer } from './relay-client.ts';
import { describeZaps } from './zap-status.ts';

/** What the connector knows about a channel. */
export interface ChannelKnowledge {
  readonly answer: Exclude<ChannelAnswer, { kind: 'misdirected' }>;
  /** True if the newest webhook is certainly signed with another key than the connection's. */
  readonly hasForeignSignature: boolean;
  /** The action filter of the trigger whose Zaps are described. */
  readonly filter: ActionFilter;
}

const FOREIGN_SIGNATURE =
  'The newest webhook was signed with another private key than that of this connection. Paste the URL into the ' +
  'integration whose private key this connection uses, and into no other.';

const NOTHING_RECEIVED = 'no webhook received yet';

function describeLastWebhook({ last_event_at: last }: JsonObject, now: number): string {
  const time = typeof last === 'string' ? Date.parse(last) : NaN;
  return Number.isNaN(time) ? NOTHING_RECEIVED : `last webhook received ${describeDuration(now - time)} ago`;
}

const WITHOUT_STATE: Readonly<Record<Exclude<ChannelKnowledge['answer']['kind'], 'state'>, string>> = {
  refused: "the relay does not accept this connection; ask the relay's operator",
  unavailable: 'the relay does not respond',
  unregistered: NOTHING_RECEIVED,
};

/** Describes the state of a channel and of the Zaps of one trigger, in one or more paragraphs. */
export function describeChannel({ answer, hasForeignSignature, filter }: ChannelKnowledge, now = Date.now()): string {
  if (answer.kind !== 'state') return `Status: ${WITHOUT_STATE[answer.kind]}.`;
  return [
    `Status: ${describeLastWebhook(answer.state, now)}.`,
    ...(hasForeignSignature ? [FOREIGN_SIGNATURE] : []),
    describeZaps(answer.state.subscriptions, filter, now),
  ].join('\n\n');
}
