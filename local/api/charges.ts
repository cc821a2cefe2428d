/** Writes of ad hoc charges. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText, type AccountRecord } from './account.ts';
import { choiceOf } from './choices.ts';
import { fieldErrors, hasErrors, type Fields } from './fields.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { saved, type Write } from './write.ts';

export const CHARGE_FIELDS: Fields = {
  date_occurred: { type: 'field', required: true },
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

/** Fields that contain an id in requests and a record in responses. */
const REFERENCES = ['client', 'contractor', 'service', 'appointment'] as const;

const INITIAL: JsonObject = {
  ...{ agent: null, appointment: null, client: null, contractor: null, service: null, currency: 'GBP' },
  ...{ charge_client_forex: null, client_cost: null, currency_conversion: null, invoices: [], payment_orders: [] },
  ...{ net_gross: 'gross', pay_contractor: null, tax_amount: 0 },
  creator: { id: 11, first_name: 'Dana', last_name: 'Mercer', email: 'dana.mercer@example.com' },
};

function chargeErrors({ account, body }: Write, existing: AccountRecord | null): JsonObject {
  const errors = fieldErrors(CHARGE_FIELDS, body, account);
  if (errors.date_occurred === undefined && Number.isNaN(Date.parse(String(body.date_occurred)))) {
    errors.date_occurred = ['Datetime has wrong format.'];
  }
  const has = (name: string) => body[name] !== undefined && body[name] !== null;
  if (has('client') && !has('charge_client')) errors.charge_client = ['This field is required.'];
  if (has('contractor') && !has('pay_contractor')) errors.pay_contractor = ['This field is required.'];
  if (!existing && !has('client') && !has('contractor')) errors.non_field_errors = ['A client or a tutor is required.'];
  return errors;
}

/**
 * Creates a charge (POST) or updates one (PUT, which requires date, category and description).
 *
 * @param existing - the charge to update; null to create one
 */
export function writeCharge(write: Write, existing: AccountRecord | null): ApiResponse {
  const { account, body } = write;
  const errors = chargeErrors(write, existing);
  if (hasErrors(errors)) return badRequest(errors);
  const category = choiceOf('ahc-categories', body.category);
  const fields: JsonObject = {
    date_occurred: new Date(String(body.date_occurred)).toISOString(),
    category,
    category_id: category?.id,
    category_name: category?.name,
    description: body.description,
  };
  for (const name of REFERENCES) {
    const list = CHARGE_FIELDS[name]?.list;
    if (list !== undefined && body[name] !== undefined) fields[name] = account.reference(list, body[name]);
  }
  if (body.charge_client !== undefined) fields.client_cost = amountText(body.charge_client);
  if (body.pay_contractor !== undefined) fields.pay_contractor = amountText(body.pay_contractor);
  if (body.net_gross !== undefined) fields.net_gross = body.net_gross;
  const all = existing ? fields : { ...INITIAL, ...fields };
  return saved(write, 'adhoccharges', existing, all, 'ADHOC_CHARGE', 'Ad Hoc Charge');
}
