/** The checks at the end of a chaos run. */

import type { SentEvent } from './sender.ts';
import type { TestBed } from './test-bed.ts';
import type { Zap } from './zaps.ts';

/**
 * Returns the number of events that arrived before an event that must have been stored earlier. An event was certainly
 * stored before another one if it was acknowledged before the first request with the other one. The order of first
 * arrivals also holds for events that are set aside, because they arrive, without being accepted, before later ones.
 */
function misorderedBySending(zap: Zap, events: ReadonlyMap<string, SentEvent>): number {
  let latest = 0;
  let count = 0;
  for (const id of zap.arrivals.keys()) {
    const { sentAt = 0, ackedAt = 0 } = events.get(id) ?? {};
    if (ackedAt < latest) count++;
    latest = Math.max(latest, sentAt);
  }
  return count;
}

/** Returns the number of positions at which the order of events differs between two Zaps. All Zaps get the same order. */
function differencesInOrder(zap: Zap, other: Zap): number {
  const order = [...other.arrivals.keys()];
  return [...zap.arrivals.keys()].filter((id, index) => order[index] !== id).length;
}

const lostAt = ({ accepted }: Zap, { events }: TestBed['sender']): number =>
  [...events].filter(([id, { ackedAt }]) => ackedAt < Infinity && !accepted.has(id)).length;

/** Prints a table of the requests to the Zaps. */
export function printZaps(database: string, { zaps, sender }: TestBed): void {
  const statuses = [...sender.statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
  console.log(`\n${database}: ${sender.events.size} events. Responses to the sender: ${statuses}`);
  const rows = zaps.all.map((zap) => {
    const { name, requests, forged, repeated } = zap;
    return [name, { requests, lost: zaps.live.includes(zap) ? lostAt(zap, sender) : '-', forged, repeated }] as const;
  });
  console.table(Object.fromEntries(rows));
}

/** Returns the failed checks. @param faults - number of faults, each of which may repeat one request */
export function failedChecks({ zaps, sender }: TestBed, faults: number): string[] {
  const failures: string[] = [];
  const check = (name: string, count: number, limit = 0): void => {
    if (!(count <= limit)) failures.push(`${name}: ${count}`);
  };
  for (const zap of zaps.live) {
    check(`${zap.name}: acknowledged events that did not arrive`, lostAt(zap, sender));
    check(`${zap.name}: events that arrived before an earlier one`, misorderedBySending(zap, sender.events));
    check(`${zap.name}: events in another order than at the healthy Zap`, differencesInOrder(zap, zaps.healthy));
  }
  for (const zap of zaps.all) {
    check(`${zap.name}: forged or damaged deliveries`, zap.forged);
    check(`${zap.name}: wrong earlier events`, zap.misplaced);
    check(`${zap.name}: events that were stored twice`, zap.storedTwice);
  }
  check('requests to the deleted Zap after its 410', zaps.requestsAfterGone(), faults);
  const unexpected = [...sender.statuses.keys()].filter((status) => ![202, 503, 'no response'].includes(status));
  check(`unexpected responses to the sender (${unexpected.join(', ')})`, unexpected.length);
  return failures;
}
