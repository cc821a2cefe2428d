/** Writes of ad hoc charges. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { formOf, hasErrors, type Fields } from './fields.ts';
import { refuse } from './response.ts';
import { saved, type Kind, type Write } from './write.ts';

const CHARGE: Kind = { path: 'adhoccharges', object: 'ADHOC_CHARGE', noun: 'Ad Hoc Charge' };

const FIELDS: Fields = {
  date_occurred: {
    ...{ type: 'field', required: true },
    read: (date) => {
      const time = Date.parse(String(date));
      return Number.isNaN(time) ? refuse('Datetime has wrong format.') : new Date(time).toISOString();
    },
  },
  category: { type: 'field', required: true, list: 'ahc-categories' },
  description: { type: 'string', required: true, maxLength: 1000 },
  client: { type: 'field', list: 'clients' },
  charge_client: { type: 'decimal' },
  contractor: { type: 'field', list: 'contractors' },
  pay_contractor: { type: 'decimal' },
  service: { type: 'field', list: 'services' },
  appointment: { type: 'field', list: 'appointments' },
  net_gross: { type: 'choice', choices: ['net', 'gross'] },
};

const INITIAL: JsonObject = {
  currency: 'GBP',
  net_gross: 'gross',
  tax_amount: 0,
  creator: { id: 11, first_name: 'Dana', last_name: 'Mercer', email: 'dana.mercer@example.com' },
};

/** Creates a charge, or updates one. An update requires date, category and description as well. */
export function writeCharge(write: Write, existing: AccountRecord | null): AccountRecord {
  const { values, errors } = formOf(FIELDS, write);
  const { charge_client, ...fields } = values;
  const has = (name: string) => write.body[name] !== undefined && write.body[name] !== null;
  if (has('client') && !has('charge_client')) errors.charge_client = ['This field is required.'];
  if (has('contractor') && !has('pay_contractor')) errors.pay_contractor = ['This field is required.'];
  if (!existing && !has('client') && !has('contractor')) errors.non_field_errors = ['A client or a tutor is required.'];
  if (hasErrors(errors)) return refuse(errors);
  const { id: category_id, name: category_name } = fields.category as JsonObject;
  const cost = charge_client === undefined ? {} : { client_cost: charge_client };
  return saved(write, CHARGE, existing, { ...fields, ...cost, category_id, category_name }, INITIAL);
}
