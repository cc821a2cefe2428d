/** Creation of credit requests, which the API calls proforma invoices. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText } from './account.ts';
import { objectsIn, valuesOf, type Fields } from './fields.ts';
import { announced, saved, type Kind, type Write } from './write.ts';

const CREDIT_REQUEST: Kind = { path: 'proforma-invoices', object: 'PROFORMA_INVOICE', noun: 'a Credit Request' };

const FIELDS: Fields = {
  amount: { type: 'decimal', required: true },
  client: { type: 'field', required: true, list: 'clients' },
  description: { type: 'string', required: true },
  raise_behaviour: {
    type: 'choice',
    choices: ['dont-raise', 'raise', 'raise-no-autopayment', 'raise-and-send', 'raise-and-send-no-autopayment'],
  },
};

/** Creates a credit request, or adds the amount to the client's credit request that has not been raised yet. */
export function createCreditRequest(write: Write): JsonObject {
  const { account, body } = write;
  const { path } = CREDIT_REQUEST;
  const values = valuesOf(FIELDS, write);
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
      ...{ action: 'CREATED_PROFORMA_INVOICE_ITEM', verb: 'Added an item to a Credit Request' },
    });
    return { ...changed, created: false };
  }
  const isRaised = body.raise_behaviour !== undefined && body.raise_behaviour !== 'dont-raise';
  const date_sent = isRaised ? new Date().toISOString() : null;
  const status = isRaised ? 'unpaid' : 'draft';
  const { id } = saved(write, CREDIT_REQUEST, null, { ...fields, client: values.client, date_sent, status }, {});
  const created = account.change(path, id, { display_id: `PFI-${id}` });
  if (isRaised) {
    const raised = { action: 'RAISED_PROFORMA_INVOICE', verb: 'Raised a Credit Request', message: '' };
    write.announce({ ...raised, path, id });
  }
  return { ...account.current(path, created), created: true };
}
