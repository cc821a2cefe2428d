/** The state of a connection's channel in words, for the owner of a Zap. */

import type { ChannelAnswer } from './relay-client.ts';

/** Describes the state of a channel. */
export function describeChannel(answer: Exclude<ChannelAnswer, { kind: 'misdirected' }>, now = Date.now()): string {
  if (answer.kind === 'refused') return "the relay does not accept this connection; ask the relay's operator";
  if (answer.kind === 'unavailable') return 'the relay does not respond';
  const last = answer.kind === 'state' ? answer.state.last_event_at : null;
  const time = typeof last === 'string' ? Date.parse(last) : NaN;
  return Number.isNaN(time) ? 'no webhook received yet' : `last webhook received ${describeAge(now - time)}`;
}

/** Describes a duration in milliseconds, such as "3 minutes ago". */
function describeAge(milliseconds: number): string {
  const units: [name: string, length: number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ];
  for (const [name, length] of units) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'less than a minute ago';
}
