/** The trigger for changes to the balance of a client, tutor or affiliate. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { choicesInput } from '../inputs/choice.ts';
import { recordInput } from '../inputs/record-input.ts';
import { unwrapped } from '../object/object-record.ts';
import { idOf } from '../api/record-id.ts';
import { joinedName } from '../record/values.ts';
import { refersTo, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { HOW_OFTEN, LIST_REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';
import { rowsBetween } from './rows-between.ts';

/** The kinds of balance changes (TutorCruncher's API docs, "balance update object"), in the product's words. */
export const UPDATE_TYPES = {
  proforma_invoice_paid: 'Credit Request Paid',
  invoice_creation: 'Invoice Creation',
  invoice_payment: 'Invoice Payment',
  po_creation: 'Payment Order Creation',
  po_payment: 'Payment Order Payment',
  adjustment: 'Adjustment',
  refund: 'Refund',
  stripe_bank_transfer_refund: 'Stripe Bank Transfer Refund',
  voucher: 'Voucher',
  credit_note: 'Credit Note',
  debit_note: 'Debit Note',
  via_api: 'Added via API',
  top_up: 'Top-Up',
  app_fee: 'App Fee',
};
const TYPES = choicesInput('update_types', UPDATE_TYPES, {
  label: 'Types',
  becomes: null,
  helpText: `Only trigger for balance changes of these types. Leave empty to trigger for all types. ${HOW_OFTEN}`,
});
const personInput = (person: 'client' | 'tutor', label: string, becomes: string) =>
  recordInput(person, `${person}_list`, {
    label,
    becomes,
    helpText: `Only trigger for the balance of this ${person}. Leave empty to trigger for all balances.`,
  });
const CLIENT = personInput('client', 'Client', 'client');
const TUTOR = personInput('tutor', 'Tutor', 'contractor');

/** The paths of the lists of people who have a balance, each with the `role_type` of these people. */
const PEOPLE = [
  ['clients', 'Client'],
  ['contractors', 'Tutor'],
  ['agents', 'Affiliate'],
] as const;

/**
 * Returns details that contain the name and email address of the person whose balance changed. In a response, details
 * can contain only the person's id, as rows do.
 */
async function withPerson(run: StepRun, details: JsonObject): Promise<JsonObject> {
  const { role } = details;
  if (isJsonObject(role) && joinedName(role) !== null) return details;
  const id = idOf(isJsonObject(role) ? role.id : role);
  if (id === null) return details;
  for (const [path, roleType] of PEOPLE) {
    const found = await run.read(`${path}/${id}/`);
    if (!found) continue;
    const [first_name, last_name, email] = ['first_name', 'last_name', 'email'].map((name) =>
      rowText(unwrapped(found), name),
    );
    return { ...details, role: { id: Number(id), first_name, last_name, email, role_type: roleType } };
  }
  return details;
}

/** Defines a trigger for new balance changes. */
export function balanceChangeTrigger(trigger: Omit<PolledTriggerDefinition, 'inputs' | 'poll'>): PolledTrigger {
  const { object } = trigger;
  return polledTrigger({
    ...trigger,
    inputs: [TYPES, CLIENT, TUTOR],
    poll: (values, run, now) => {
      const [types, client, tutor] = [values.of(TYPES), values.of(CLIENT), values.of(TUTOR)];
      if (client !== null && tutor !== null) {
        throw run.refusal(
          'A balance belongs to a client or to a tutor, so this step can be limited to one person only. Empty the field ' +
            '"Client" or the field "Tutor".',
        );
      }
      const [type, ...otherTypes] = types ?? [];
      const params = {
        ...(client !== null && { client }),
        ...(tutor !== null && { contractor: tutor }),
        // TutorCruncher can filter by only one type.
        ...(type !== undefined && otherTypes.length === 0 && { update_type: type }),
      };
      const from = now - LIST_REACH_MS;
      return {
        readRows: ({ span, spend }) =>
          rowsBetween(
            run,
            object,
            { span: { from: span.from, to: Math.min(span.to, now) }, spend },
            { field: 'created', params, narrow: 'Choose a client, a tutor or a type.' },
          ),
        momentOf: (record) => Date.parse(rowText(record, 'created')),
        span: { from, to: Infinity },
        isDue: (record) =>
          (types === null || types.includes(rowText(record, 'update_type'))) && refersTo(record.role, client ?? tutor),
        readMore: (details) => withPerson(run, details),
      };
    },
  });
}
