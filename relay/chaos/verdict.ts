/** The checks at the end of a chaos run. */

import type { SentEvent } from './sender.ts';
import type { TestBed } from './test-bed.ts';
import type { Zap } from './zaps.ts';

/**
 * Returns the events that have arrived, in the order of arrival. Omits events that may have been stored in a replaced
 * state of the database.
 */
function certainArrivals({ arrivals, sender: { events } }: Zap): ReadonlyMap<string, SentEvent> {
  const certain = new Map<string, SentEvent>();
  for (const id of arrivals.keys()) {
    const event = events.get(id);
    if (event && !event.isUncertain) certain.set(id, event);
  }
  return certain;
}

/**
 * Returns the number of events that arrived before an event that must have been stored earlier. An event was certainly
 * stored before another event if it was acknowledged before the first request with the other event. The order of first
 * arrivals also holds for events that are set aside, because the first attempt of such an event arrives before later
 * events, even though the Zap does not accept the event.
 */
function misorderedBySending(zap: Zap): number {
  let latest = 0;
  let count = 0;
  for (const { sentAt, ackedAt } of certainArrivals(zap).values()) {
    if (ackedAt < latest) count++;
    latest = Math.max(latest, sentAt);
  }
  return count;
}

/**
 * Returns the number of positions at which the order of events differs between two Zaps. All Zaps must receive the
 * events in the same order.
 */
function differencesInOrder(zap: Zap, other: Zap): number {
  const order = [...certainArrivals(other).keys()];
  return [...certainArrivals(zap).keys()].filter((id, index) => order[index] !== id).length;
}

/** Returns the number of acknowledged events that a Zap has not accepted, except events that may be lost. */
const lostAt = ({ accepted, sender: { events, mayBeLost } }: Zap): number =>
  [...events].filter(([id, { ackedAt }]) => ackedAt < Infinity && !mayBeLost.has(id) && !accepted.has(id)).length;

/** Prints a table of the requests to the Zaps. */
export function printZaps(database: string, { zaps, senders }: TestBed): void {
  for (const { account, events, mayBeLost, statuses } of senders) {
    const responses = [...statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
    const own = zaps.live.filter((zap) => zap.sender.account === account);
    const lost = [...mayBeLost].filter((id) => !own.some(({ accepted }) => accepted.has(id)));
    console.log(
      `\n${database}: ${events.size} events of the channel ${account.channel.slice(0, 8)}, of which ${mayBeLost.size} were ` +
        `acknowledged between a copy and the failover to it, and ${lost.length} of them were lost. Responses to the ` +
        `sender: ${responses}`,
    );
  }
  const rows = zaps.all.map((zap) => {
    const { name, requests, forged, repeated } = zap;
    return [name, { requests, lost: zaps.live.includes(zap) ? lostAt(zap) : '-', forged, repeated }] as const;
  });
  console.table(Object.fromEntries(rows));
}

/** Returns the failed checks. @param faults - number of faults. Each fault can cause one repeated request. */
export function failedChecks({ zaps, senders }: TestBed, faults: number): string[] {
  const failures: string[] = [];
  const check = (name: string, count: number, limit = 0): void => {
    if (!(count <= limit)) failures.push(`${name}: ${count}`);
  };
  for (const zap of zaps.live) {
    check(`${zap.name}: acknowledged events that did not arrive`, lostAt(zap));
    check(`${zap.name}: events that arrived before an earlier one`, misorderedBySending(zap));
    const isOfSameChannel = zap.sender === zaps.healthy.sender;
    const differences = isOfSameChannel ? differencesInOrder(zap, zaps.healthy) : 0;
    check(`${zap.name}: events in a different order than at the healthy Zap`, differences);
  }
  for (const zap of zaps.all) {
    check(`${zap.name}: forged or damaged deliveries`, zap.forged);
    check(`${zap.name}: wrong earlier events`, zap.misplaced);
    check(`${zap.name}: events that were stored twice`, zap.storedTwice);
  }
  check('requests to the deleted Zap after its 410', zaps.requestsAfterGone(), faults);
  const statuses = senders.flatMap((sender) => [...sender.statuses.keys()]);
  const unexpected = statuses.filter((status) => ![202, 503, 'no response'].includes(status));
  check(`unexpected responses to the sender (${unexpected.join(', ')})`, unexpected.length);
  return failures;
}
