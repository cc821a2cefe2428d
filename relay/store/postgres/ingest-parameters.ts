import { digestOf } from '../digest.ts';
import { hasEvents } from '../has-events.ts';
import type { NewDelivery } from '../store.ts';

/** Returns the number of a key. A key without a number gets the given one. */
function numberOf(key: string, next: number, numbers: Map<string, number>): number {
  const number = numbers.get(key);
  if (number !== undefined) return number;
  numbers.set(key, next);
  return next;
}

/**
 * Returns the parameters of `relay_ingest` that describe a group of deliveries. The function reads the channel and the
 * action list once for each different pair of them, so deliveries refer to pairs by number.
 */
export function ingestParameters(deliveries: readonly NewDelivery[]): unknown[] {
  const pairs = new Map<string, number>();
  const repetitions = new Map<string, number>();
  // A delivery without events is never sent, so its body is not stored.
  const bodies = deliveries.map((delivery) => (hasEvents(delivery) ? delivery.body : Buffer.alloc(0)));
  const digests = deliveries.map(digestOf);
  const channels: string[] = [];
  const actionLists: string[] = [];
  const pairNumbers = deliveries.map(({ channel, actions }) => {
    const json = JSON.stringify(actions);
    const number = numberOf(`${channel} ${json}`, channels.length + 1, pairs);
    channels[number - 1] = channel;
    actionLists[number - 1] = json;
    return number;
  });
  const firsts = digests.map((digest, index) =>
    numberOf(`${deliveries[index]?.channel} ${digest.toString('latin1')}`, index + 1, repetitions),
  );
  let end = 0;
  const starts = bodies.map(({ length }) => (end += length) - length);
  return [
    channels,
    actionLists,
    pairNumbers,
    firsts,
    starts,
    bodies.map(({ length }) => length),
    Buffer.concat(bodies),
    Buffer.concat(digests),
    deliveries.map(({ signature }) => signature),
    deliveries.map(({ contentType }) => contentType),
    deliveries.map(({ receivedAt }) => receivedAt),
  ];
}
