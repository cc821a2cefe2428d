/** The CSV file of exported events. */

import type { ConsoleZap, EventAtZapInList } from '../wire/console-api.ts';
import type { NamedEvent } from './event-list.ts';
import { eventRow } from './event-words.ts';
import { outcomeText, outcomeTextAtZap } from './outcome-words.ts';
import type { Channel } from './session.ts';
import { sortableTime, VIEWER_ZONE_NAME } from './times.ts';
import { editorUrl, UNKNOWN_ZAP, zapId } from './zap-names.ts';

const HEADINGS = [
  `Received (${VIEWER_ZONE_NAME})`,
  'Event',
  'About',
  'People',
  'Zap',
  'Zap Number',
  'Zap Link',
  'Outcome',
  'Reason',
];

/** Returns the reason that a Zap has not accepted an event; empty if there is no known reason. */
function reasonOf({ outcome, failure_text }: EventAtZapInList, zap: ConsoleZap | undefined): string {
  if (failure_text !== null) return failure_text;
  if (outcome !== 'waiting' || !zap) return '';
  if (zap.paused_since !== null) return "The relay's operator has paused deliveries to the Zap";
  return zap.failing_since === null ? '' : 'Waiting for an earlier event that Zapier has not accepted yet';
}

/**
 * Quotes a value of a CSV file. Spreadsheet programs evaluate text that begins with certain characters as a formula, so
 * such text is prefixed with an apostrophe.
 */
const quoted = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

/**
 * Returns a CSV file (RFC 4180, with the byte-order mark that Excel needs for UTF-8) with a line for each event and
 * Zap.
 *
 * @param isForged - returns true if the delivery with the given id has a wrong signature
 */
export function csvOf(
  events: readonly NamedEvent[],
  { zaps, ended_zaps, names }: Pick<Channel, 'zaps' | 'ended_zaps' | 'names'>,
  isForged: (deliveryId: string) => boolean,
): string {
  const lines = events.flatMap((listed) => {
    const { delivery_id: id, received_at } = listed.envelope;
    const { event, about, others, people } = eventRow(listed);
    const texts = [sortableTime(received_at), event, others === 0 ? about : `${about} and ${others} more`, people];
    const outcomes = listed.zaps.map((atZap) => {
      const on = zaps.find((zap) => zap.id === atZap.zap);
      const known = on ?? ended_zaps.find((zap) => zap.id === atZap.zap) ?? { description: null };
      return [
        names.get(atZap.zap) ?? UNKNOWN_ZAP,
        zapId(known) ?? '',
        editorUrl(known) ?? '',
        outcomeTextAtZap(atZap.outcome, isForged(id)),
        reasonOf(atZap, on),
      ];
    });
    const none = ['', '', '', outcomeText('not_wanted', isForged(id)), ''];
    return (outcomes.length > 0 ? outcomes : [none]).map((each) => [...texts, ...each]);
  });
  return `\ufeff${[HEADINGS, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('')}`;
}
