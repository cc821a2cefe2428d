/**
 * The other records of the simulated branch: 1,200 invoices, credit requests, reviews, balance changes and tasks. Invoices
 * are paid before, on and after the day on which they become overdue, some are voided, and some payments fail. Two times
 * many invoices are sent at once.
 */

import type { JsonObject } from '../../wire/json.ts';
import { DAY, generator, HOUR, MINUTE, WEEK_END, WEEK_START, type History } from './simulated-lessons.ts';

/** The state of a record from a moment until the next version. */
export interface OfficeVersion {
  readonly from: number;
  /** The time by which its list is sorted, or the due time of a task; null for a draft. */
  readonly at: number | null;
  /** Its status; null for a record that has none. */
  readonly status: string | null;
}

export type OfficeRecord = History<OfficeVersion>;

const random = generator(36);
const between = (from: number, to: number): number => Math.floor((from + random() * (to - from)) / MINUTE) * MINUTE;

/** Numbers the records by the time at which they begin. */
const numbered = (drafts: readonly OfficeVersion[][]): OfficeRecord[] =>
  [...drafts]
    .sort(([one], [other]) => (one?.from ?? 0) - (other?.from ?? 0))
    .map((versions, index) => ({ id: 100 + index, versions }));

/** The changes of the status of an invoice, with the time since it was sent. */
const FATES: readonly (readonly (readonly [after: number, status: string])[])[] = [
  [],
  [],
  [[3 * DAY, 'paid']],
  [[10 * DAY, 'void']],
  // Paid and voided on the day on which it becomes overdue.
  [[14 * DAY - 2 * HOUR, 'paid']],
  [[14 * DAY + 6 * HOUR, 'paid']],
  [[14 * DAY - 3 * HOUR, 'void']],
  [[14 * DAY + 5 * HOUR, 'void']],
  [
    [13 * DAY, 'payment-pending'],
    [16 * DAY, 'failed'],
  ],
  [
    [12 * DAY, 'payment-pending'],
    [15 * DAY, 'paid'],
  ],
  // Paid when it becomes overdue, but the payment fails two days later.
  [
    [13 * DAY, 'paid'],
    [16 * DAY, 'failed'],
  ],
];

/** Returns the states of an invoice or a credit request, which is a draft for two hours before it is sent. */
function sentAt(at: number, fate: number): OfficeVersion[] {
  return [
    { from: at - 2 * HOUR, at: null, status: 'draft' },
    { from: at, at, status: 'unpaid' },
    ...(FATES[fate % FATES.length] ?? []).map(([after, status]) => ({ from: at + after, at, status })),
  ];
}

const FIRST_SENT = WEEK_START - 55 * DAY;
/** Of the invoices that are sent together, the first become overdue during the week. */
const SENT_TOGETHER = [WEEK_START - 13 * DAY + HOUR, WEEK_START + 2 * DAY - 5 * HOUR];
const TOGETHER = 150;

/** The records by the path of their list. */
export const OFFICE: Readonly<Record<string, readonly OfficeRecord[]>> = {
  invoices: numbered([
    ...Array.from({ length: 900 }, (_, index) => sentAt(between(FIRST_SENT, WEEK_END - HOUR), index)),
    // Half of the invoices that are sent together are paid at once, the others never.
    ...SENT_TOGETHER.flatMap((at) => Array.from({ length: TOGETHER }, (_, index) => sentAt(at, index % 2 ? 0 : 2))),
  ]),
  'proforma-invoices': numbered(
    Array.from({ length: 400 }, (_, index) => sentAt(between(FIRST_SENT, WEEK_END - HOUR), index)),
  ),
  reviews: numbered(
    Array.from({ length: 80 }, (_, index) => {
      const at = between(WEEK_START - 10 * DAY, WEEK_END - HOUR);
      const written = { from: at, at, status: 'written' };
      // Some reviews are edited or deleted later.
      if (index % 4 === 1) return [written, { from: at + 2 * HOUR, at, status: 'edited' }];
      return index % 4 === 2 ? [written, { from: at + 5 * HOUR, at, status: 'deleted' }] : [written];
    }),
  ),
  'balance-updates': numbered([
    ...Array.from({ length: 500 }, () => {
      const at = between(WEEK_START - 9 * DAY, WEEK_END - HOUR);
      return [{ from: at, at, status: null }];
    }),
    ...Array.from({ length: TOGETHER }, () => [
      { from: SENT_TOGETHER[1] ?? 0, at: SENT_TOGETHER[1] ?? 0, status: null },
    ]),
  ]),
  tasks: numbered(
    Array.from({ length: 400 }, (_, index) => {
      const at = index % 10 === 9 ? null : between(WEEK_START - 20 * DAY, WEEK_END - HOUR);
      const open = { from: (at ?? WEEK_START) - 5 * DAY, at, status: 'open' };
      const completed = (after: number) => ({ from: (at ?? WEEK_START) + after, at, status: 'complete' });
      // Completed before it is due, hours later, or never; or moved by a day.
      if (index % 4 === 0) return [open, completed(-3 * HOUR)];
      if (index % 4 === 1) return [open, completed(4 * HOUR)];
      if (index % 4 === 2 || at === null) return [open];
      return [open, { from: at - 6 * HOUR, at: at + DAY - HOUR / 2, status: 'open' }];
    }),
  ),
};

const isoText = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString());

/** Returns the row and the details of a record. Rows of credit requests have no id. */
export function officeResponses(
  path: string,
  id: number,
  { at, status }: OfficeVersion,
): Record<'row' | 'detail', JsonObject> {
  const url = `https://app.tutorcruncher.com/api/${path}/${id}/`;
  const client = { id: 3, first_name: 'Priya', last_name: 'Raman' };
  const time = isoText(at);
  const row: JsonObject =
    path === 'reviews'
      ? { id, date_created: time, client, contractor: { id: 4, last_name: 'Whitlock' }, extra_attrs: [] }
      : path === 'balance-updates'
        ? { id, created: time, credit_amount: '5.00', role: 3, update_type: 'top_up', url }
        : path === 'tasks'
          ? { id, due_dt: time, complete: status === 'complete', description: 'Call', url }
          : { ...(path === 'invoices' && { id }), date_sent: time, status, client, url };
  // Details differ from rows, so that a record shows where it comes from.
  return {
    row,
    detail: { ...row, id, ...(path === 'balance-updates' && { role: client }), pdf_url: 'detail', admin: client },
  };
}
