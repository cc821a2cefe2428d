/**
 * Histories of invoices and credit requests. A record is sent to a client, and then paid before, on or after the day on
 * which it becomes overdue. Some records are voided, and some payments fail.
 */

import type { JsonObject } from '../../wire/json.ts';
import type { Condition, Version } from './history.ts';
import { fromNow } from './polled-list.ts';
import { DAY, HOUR, WEEK_START } from './simulated-time.ts';

/** The state of an invoice or a credit request. */
export interface SentVersion extends Version {
  /** The time at which the record was sent; null for a draft. */
  readonly sent: number | null;
  readonly status: string;
}

/** The time at which the first record was sent. */
export const FIRST_SENT = WEEK_START - 55 * DAY;

/**
 * The possible sequences of status changes. Each change contains its time, in milliseconds after the record was sent.
 */
const FATES: readonly (readonly (readonly [after: number, status: string])[])[] = [
  [],
  [],
  [[3 * DAY, 'paid']],
  [[10 * DAY, 'void']],
  // The record is paid or voided within hours before or after it becomes overdue.
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
  // The record is paid when it becomes overdue, but the payment fails two days later.
  [
    [13 * DAY, 'paid'],
    [16 * DAY, 'failed'],
  ],
];

/** The index in {@link FATES} for a record that is never paid. */
export const NEVER_PAID = 0;
/** The index in {@link FATES} for a record that is paid soon. */
export const PAID_SOON = 2;

/** Returns the states of a record, which is a draft for two hours before it is sent. */
export function sentAt(sent: number, fate: number): SentVersion[] {
  return [
    { from: sent - 2 * HOUR, sent: null, status: 'draft' },
    { from: sent, sent, status: 'unpaid' },
    ...(FATES[fate % FATES.length] ?? []).map(([after, status]) => ({ from: sent + after, sent, status })),
  ];
}

const SETTLED = ['draft', 'paid', 'void'];

/**
 * Returns the condition of a Zap that runs once for each given number of days after a record was sent, if the record is
 * still unpaid.
 */
export const overdueAfter =
  (...numbers: readonly number[]): Condition<SentVersion> =>
  (id, { sent, status }) =>
    sent === null || SETTLED.includes(status)
      ? null
      : numbers.map((days) => ({ id: `${id}@${days}`, from: sent + days * DAY, to: sent + (days + 5) * DAY }));

/** Returns the fields that make a record overdue. */
export const overdueFields = (index: number): JsonObject => ({
  date_sent: fromNow(-14 * 24 - 1 - index),
  date_paid: null,
});
