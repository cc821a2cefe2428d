/** Triggers about amounts that a client still owes some days after an invoice or a credit request was sent. */

import type { JsonObject } from '../../wire/json.ts';
import type { InputValues } from '../inputs/input.ts';
import { recordInput } from '../inputs/record-id.ts';
import { daysInput } from '../inputs/scalar.ts';
import { nounOf } from '../object-record.ts';
import { slug } from '../record/product-words.ts';
import { refersTo, rowText } from '../rows.ts';
import { newestRows } from './newest-rows.ts';
import { HOW_OFTEN, LIST_REACH_MS, MIN_REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';

const DAY_MS = 24 * 3_600_000;

/** Statuses that still expect money: all except draft, paid and void (API docs, "invoice object"). */
const UNPAID = new Set(['confirmed', 'unpaid', 'payment-pending', 'failed'].map(slug));

/** Defines a trigger for unpaid records of an object. */
export function overdueTrigger({
  object,
  ...trigger
}: Omit<PolledTriggerDefinition, 'inputs' | 'idEnd' | 'poll'>): PolledTrigger {
  const noun = nounOf(object);
  const daysAfter = daysInput('days_after', 1, 180, 14, {
    becomes: null,
    helpText:
      `How many days after it was sent an unpaid ${noun} triggers: 1 to 180. A day is 24 hours. If it becomes unpaid again ` +
      `later, for example because a payment fails, it triggers up to 5 days after this time. Only the newest 1,000 ${noun}s ` +
      `are compared. ${HOW_OFTEN}`,
  });
  const client = recordInput('client', 'client_list', {
    becomes: null,
    helpText: `Only trigger for ${noun}s to this client. Leave empty to trigger for all ${noun}s.`,
  });
  const daysIn = (values: InputValues) => values.of(daysAfter) ?? Number(daysAfter.field.default);
  return polledTrigger({
    ...trigger,
    object,
    inputs: [daysAfter, client],
    idEnd: (_record, values) => String(daysIn(values)),
    poll: (values, run, now) => {
      const days = daysIn(values);
      const chosenClient = values.of(client);
      const to = now - days * DAY_MS;
      const sentAt = (row: JsonObject) => Date.parse(rowText(row, 'date_sent'));
      const checkEnd = (earliest: number) => {
        if (earliest <= to - MIN_REACH_MS) return;
        throw run.refusal(
          `This step compares the newest 1,000 ${noun}s in TutorCruncher, and all of them were sent too recently for the ` +
            `number in "${daysAfter.field.label}". Choose fewer days.`,
        );
      };
      return {
        readRows: ({ span, spend }) =>
          newestRows(run, object, {
            spend,
            maxRows: 1_000,
            momentOf: sentAt,
            from: span.from - days * DAY_MS,
            checkEnd,
          }),
        momentOf: (record) => sentAt(record) + days * DAY_MS,
        span: { from: now - LIST_REACH_MS, to: now },
        isDue: (record) => UNPAID.has(slug(rowText(record, 'status'))) && refersTo(record.client, chosenClient),
      };
    },
  });
}
