/** The exported file of events. */

import type { NamedEvent } from './event-list.ts';
import { eventRow } from './event-words.ts';
import { fullTime, VIEWER_ZONE_NAME } from './times.ts';
import { outcomeText, UNKNOWN_ZAP } from './zap-words.ts';

const HEADINGS = [`Received (${VIEWER_ZONE_NAME})`, 'Event', 'About', 'People', 'Zap', 'Outcome'];

/**
 * Quotes a value of a CSV file. Spreadsheet programs run text that begins with one of these characters as a formula, so
 * an apostrophe precedes it.
 */
const quoted = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

/**
 * Returns a CSV file (RFC 4180, with the byte-order mark that Excel needs for UTF-8) with a line for each event and Zap.
 *
 * @param isForged - returns true if the delivery with an id has a wrong signature
 */
export function csvOf(
  events: readonly NamedEvent[],
  zapNames: ReadonlyMap<string, string>,
  isForged: (deliveryId: string) => boolean,
): string {
  const lines = events.flatMap((listed) => {
    const { delivery_id: id, received_at } = listed.envelope;
    const { event, about, others, people } = eventRow(listed);
    const texts = [fullTime(received_at), event, others === 0 ? about : `${about} and ${others} more`, people];
    const outcomes = listed.zaps.map(({ zap, outcome }) => [
      zapNames.get(zap) ?? UNKNOWN_ZAP,
      outcomeText(outcome, isForged(id)),
    ]);
    return (outcomes.length > 0 ? outcomes : [['', outcomeText('not_wanted', isForged(id))]]).map((each) => [
      ...texts,
      ...each,
    ]);
  });
  return `\ufeff${[HEADINGS, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('')}`;
}
