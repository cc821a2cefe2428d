/** The exported file of events. */

import type { ListedEvent } from '../wire/console-api.ts';
import { eventRow, UNKNOWN_ZAP } from './event-row.ts';
import type { DeliveryNames } from './opened-delivery.ts';
import { fullTime, VIEWER_ZONE_NAME } from './times.ts';
import { OUTCOME_WORDS } from './zap-words.ts';

const HEADINGS = [`Received (${VIEWER_ZONE_NAME})`, 'Event', 'About', 'People', 'Zap', 'Outcome'];

/**
 * Quotes a value of a CSV file. Spreadsheet programs run text that begins with one of these characters as a formula, so
 * an apostrophe precedes it.
 */
const quoted = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

/**
 * Returns a CSV file (RFC 4180, with the byte-order mark that Excel needs for UTF-8) with a line for each event and Zap.
 *
 * @param opened - the names in the events, by the ids of their deliveries
 * @param zapNames - names of the Zaps by their ids
 */
export function csvOf(
  events: readonly ListedEvent[],
  opened: ReadonlyMap<string, DeliveryNames>,
  zapNames: ReadonlyMap<string, string>,
): string {
  const lines = events.flatMap((listed) => {
    const { event, about, others, people } = eventRow(listed, opened.get(listed.envelope.delivery_id));
    const texts = [
      fullTime(listed.envelope.received_at),
      event,
      others === 0 ? about : `${about} and ${others} more`,
      people,
    ];
    const fates = listed.zaps.map(({ zap, outcome }) => [zapNames.get(zap) ?? UNKNOWN_ZAP, OUTCOME_WORDS[outcome]]);
    return (fates.length > 0 ? fates : [['', OUTCOME_WORDS.not_wanted]]).map((fate) => [...texts, ...fate]);
  });
  return `\ufeff${[HEADINGS, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('')}`;
}
