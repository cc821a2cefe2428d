/** Writes of ad hoc charges, and of credit requests, which the API calls proforma invoices. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText, type AccountRecord } from './account.ts';
import { formOf, hasErrors, objectsIn, valuesOf, type Fields } from './field-checks.ts';
import { refuse } from './refusal.ts';
import { announced, saved, type Kind, type Write } from './write.ts';

const CHARGE: Kind = { path: 'adhoccharges', object: 'ADHOC_CHARGE', noun: 'Ad Hoc Charge' };

const CHARGE_FIELDS: Fields = {
  date_occurred: {
    type: 'field',
    required: true,
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

const INITIAL_CHARGE: JsonObject = {
  currency: 'GBP',
  net_gross: 'gross',
  tax_amount: 0,
  creator: { id: 11, first_name: 'Dana', last_name: 'Mercer', email: 'dana.mercer@example.com' },
};

/** Creates or updates a charge. An update requires the date, the category and the description, like a new charge. */
export function writeCharge(write: Write, existing: AccountRecord | null): AccountRecord {
  const { values, errors } = formOf(CHARGE_FIELDS, write);
  const { charge_client, ...fields } = values;
  const has = (name: string) => write.body[name] !== undefined && write.body[name] !== null;
  if (has('client') && !has('charge_client')) errors.charge_client = ['This field is required.'];
  if (has('contractor') && !has('pay_contractor')) errors.pay_contractor = ['This field is required.'];
  if (!existing && !has('client') && !has('contractor')) errors.non_field_errors = ['A client or a tutor is required.'];
  if (hasErrors(errors)) return refuse(errors);
  const { id: category_id, name: category_name } = fields.category as JsonObject;
  const cost = charge_client === undefined ? {} : { client_cost: charge_client };
  return saved(write, CHARGE, existing, { ...fields, ...cost, category_id, category_name }, INITIAL_CHARGE);
}

const CREDIT_REQUEST: Kind = { path: 'proforma-invoices', object: 'PROFORMA_INVOICE', noun: 'a Credit Request' };

const CREDIT_REQUEST_FIELDS: Fields = {
  amount: { type: 'decimal', required: true },
  client: { type: 'field', required: true, list: 'clients' },
  description: { type: 'string', required: true },
  raise_behaviour: {
    type: 'choice',
    choices: ['dont-raise', 'raise', 'raise-no-autopayment', 'raise-and-send', 'raise-and-send-no-autopayment'],
  },
};

/**
 * Creates a credit request. If the client has a credit request that has not been raised yet, adds the amount to that
 * credit request instead.
 */
export function createCreditRequest(write: Write): JsonObject {
  const { account, behaviour, body } = write;
  const { path } = CREDIT_REQUEST;
  const values = valuesOf(CREDIT_REQUEST_FIELDS, write);
  const open = account
    .list(path)
    .find(
      ({ client, status }) =>
        ['draft', 'confirmed'].includes(String(status)) && (client as JsonObject | null)?.id === Number(body.client),
    );
  const total = Number(body.amount) + Number(open?.amount ?? 0);
  const item = { amount: values.amount, custom_description: body.description, sales_codes: null, rcra: null };
  const fields = { amount: amountText(total), items: [...objectsIn(open?.items), item], still_to_pay: total };
  if (open) {
    const changed = announced(write, path, account.change(path, open.id, fields), {
      action: 'CREATED_PROFORMA_INVOICE_ITEM',
      verb: 'Added an item to a Credit Request',
    });
    return { ...changed, created: false };
  }
  const isRaised = body.raise_behaviour !== undefined && body.raise_behaviour !== 'dont-raise';
  const date_sent = isRaised ? new Date().toISOString() : null;
  const isCharged = behaviour.autoChargesRaised && account.find('clients', body.client)?.auto_charge === true;
  const status = !isRaised ? 'draft' : isCharged ? 'payment-pending' : 'unpaid';
  const { id } = saved(write, CREDIT_REQUEST, null, { ...fields, client: values.client, date_sent, status }, {});
  const created = account.change(path, id, { display_id: `PFI-${id}` });
  if (isRaised) {
    const raised = { action: 'RAISED_PROFORMA_INVOICE', verb: 'Raised a Credit Request', message: '' };
    write.announce({ ...raised, path, id });
  }
  return { ...account.current(path, created), created: true };
}
