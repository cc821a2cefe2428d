/** A page of the console's event list as JSON, limited in size. */

import { MAX_LISTED_CONTENT_BYTES, MAX_PAGE_BYTES } from '../../wire/console-api.ts';
import type { FoundEvent, FoundEvents } from '../events/channel-events.ts';
import type { DeliveryRow } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import { listedEvent } from './console-responses.ts';

/** Number of events whose contents are read together. It bounds the memory for contents that do not fit on the page. */
const READ_AT_ONCE = 50;
/** Upper bound on the size of the JSON around the list, in bytes. */
const FRAME_BYTES = 64;

/** Reads the deliveries of events, with the contents of events whose number is above `knownUpTo`. */
async function deliveriesOf(
  store: Store,
  channel: string,
  events: readonly FoundEvent[],
  knownUpTo: number,
): Promise<ReadonlyMap<number, DeliveryRow>> {
  const read = (isKnown: boolean, maxBytes: number) => {
    const seqs = events.filter(({ number }) => number <= knownUpTo === isKnown).map(({ seq }) => seq);
    return store.listedDeliveries(channel, seqs, maxBytes);
  };
  const rows = await Promise.all([read(false, MAX_LISTED_CONTENT_BYTES), read(true, 0)]);
  return new Map(rows.flat().map((row) => [row.seq, row]));
}

/** Returns an `EventListResponse` as JSON. If it were too large, it ends earlier, and `next` continues from there. */
export async function eventPage(
  store: Store,
  channel: string,
  { events, next }: FoundEvents,
  knownUpTo: number,
): Promise<string> {
  const listed: string[] = [];
  let bytes = FRAME_BYTES;
  const page = (end: number | null) => `{"events":[${listed.join(',')}],"next":${end}}`;
  for (let start = 0; start < events.length; start += READ_AT_ONCE) {
    const part = events.slice(start, start + READ_AT_ONCE);
    const deliveries = await deliveriesOf(store, channel, part, knownUpTo);
    for (const event of part) {
      const delivery = deliveries.get(event.seq);
      if (!delivery) continue;
      const json = JSON.stringify(listedEvent(event, delivery));
      bytes += Buffer.byteLength(json) + 1;
      if (listed.length > 0 && bytes > MAX_PAGE_BYTES) return page(event.number + 1);
      listed.push(json);
    }
  }
  return page(next);
}
