/**
 * Triggers for amounts that a client still owes some days after an invoice or a credit request was sent. A Zap can have
 * several reminders, each after a different number of days.
 */

import type { JsonObject } from '../../wire/json.ts';
import { fieldOfStep, type InputValues } from '../inputs/input.ts';
import { recordInput } from '../inputs/record-input.ts';
import { daysInput, severalDaysInput } from '../inputs/number.ts';
import { nounOf } from '../object/object-record.ts';
import { isUnpaid, refersTo, rowText } from '../api/rows.ts';
import type { Reminder } from './due-rows.ts';
import { newestRows } from './newest-rows.ts';
import { HOW_OFTEN, LIST_REACH_MS, MIN_REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = 180;
/**
 * Minimum number of days between reminders. Each reminder stays due for this number of days. If the next reminder were
 * due earlier, a payment that fails late would trigger both reminders at once.
 */
const MIN_DAYS_APART = LIST_REACH_MS / DAY_MS;

/** Returns the inputs of a trigger. @param noun - the noun of the trigger's object */
function inputsFor(noun: string) {
  return {
    daysAfter: daysInput('days_after', 1, MAX_DAYS, 14, {
      becomes: null,
      helpText:
        `Number of days after sending at which an unpaid ${noun} triggers: 1 to ${MAX_DAYS}. A day is 24 hours. If it becomes unpaid ` +
        `again later, for example because a payment fails, it triggers up to ${MIN_DAYS_APART} days after this time. Only the ` +
        `newest 1,000 ${noun}s are compared. ${HOW_OFTEN}`,
    }),
    furtherDays: severalDaysInput('further_days', 1, MAX_DAYS, {
      becomes: null,
      helpText:
        `Further numbers of days after which the ${noun} triggers again if it is still unpaid, with commas, such as 21, 28. ` +
        `Leave at least ${MIN_DAYS_APART} days between two numbers. **Reminder Number**, **Reminder Days After** and **Is Last ` +
        'Reminder** tell the reminders apart.',
    }),
    client: recordInput('client', 'client_list', {
      becomes: null,
      helpText: `Only trigger for ${noun}s to this client. Leave empty to trigger for all ${noun}s.`,
    }),
  };
}

/** Returns the reminders after the given numbers of days, in ascending order. */
const remindersAfter = (allDays: readonly number[]): Reminder[] =>
  allDays.map((days, index) => ({
    afterMs: days * DAY_MS,
    idEnd: String(days),
    fields: {
      reminder_number: index + 1,
      reminder_days_after: days,
      is_last_reminder: index === allDays.length - 1,
    },
  }));

const areFarApart = (allDays: readonly number[]): boolean =>
  allDays.every((days, index) => index === 0 || days - (allDays[index - 1] ?? 0) >= MIN_DAYS_APART);

/** Defines a trigger for unpaid records of an object type. */
export function overdueTrigger({
  object,
  ...trigger
}: Omit<PolledTriggerDefinition, 'inputs' | 'idEnd' | 'reminders' | 'poll'>): PolledTrigger {
  const noun = nounOf(object);
  const { daysAfter, furtherDays, client } = inputsFor(noun);
  const daysIn = (values: InputValues): number[] => {
    const first = values.of(daysAfter) ?? Number(daysAfter.field.default);
    return [first, ...(values.of(furtherDays) ?? [])].sort((one, other) => one - other);
  };
  return polledTrigger({
    ...trigger,
    object,
    inputs: [daysAfter, furtherDays, client],
    reminders: (values) => remindersAfter(daysIn(values)),
    poll: (values, run, now) => {
      const allDays = daysIn(values);
      if (!areFarApart(allDays)) {
        throw run.refusal(
          `${fieldOfStep(furtherDays.field)} must leave at least ${MIN_DAYS_APART} days between two numbers, and from ` +
            `"${daysAfter.field.label}", so that a client never gets two reminders at once.`,
        );
      }
      const longest = Math.max(...allDays);
      const chosenClient = values.of(client);
      const sentAt = (row: JsonObject) => Date.parse(rowText(row, 'date_sent'));
      const checkEnd = (earliest: number) => {
        if (earliest <= now - longest * DAY_MS - MIN_REACH_MS) return;
        const { label } = longest === values.of(furtherDays)?.at(-1) ? furtherDays.field : daysAfter.field;
        throw run.refusal(
          `This step compares the newest 1,000 ${noun}s in TutorCruncher, and all of them were sent too recently for the ` +
            `number in "${label}". Choose fewer days.`,
        );
      };
      return {
        readRows: ({ span, spend }) =>
          newestRows(run, object, {
            spend,
            momentOf: sentAt,
            from: span.from - longest * DAY_MS,
            checkEnd,
          }),
        momentOf: sentAt,
        span: { from: now - LIST_REACH_MS, to: now },
        isDue: (record) => isUnpaid(record) && refersTo(record.client, chosenClient),
      };
    },
  });
}
