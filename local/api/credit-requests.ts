/** Creation of credit requests, which the API calls proforma invoices. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText } from './account.ts';
import { objectsIn, valuesOf, type Fields } from './fields.ts';
import { announced, CREATED, type Write } from './write.ts';

const PATH = 'proforma-invoices';
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
  const values = valuesOf(FIELDS, write);
  const open = account
    .list(PATH)
    .find(
      ({ client, status }) =>
        ['draft', 'confirmed'].includes(String(status)) && (client as JsonObject | null)?.id === Number(body.client),
    );
  const total = Number(body.amount) + Number(open?.amount ?? 0);
  const item = { amount: values.amount, custom_description: body.description, sales_codes: null, rcra: null };
  const fields = { amount: amountText(total), items: [...objectsIn(open?.items), item], still_to_pay: total };
  if (open) {
    const changed = announced(write, PATH, account.change(PATH, open.id, fields), {
      ...{ action: 'CREATED_PROFORMA_INVOICE_ITEM', verb: 'Added an item to a Credit Request' },
    });
    return { ...changed, created: false };
  }
  const isRaised = body.raise_behaviour !== undefined && body.raise_behaviour !== 'dont-raise';
  const { id } = account.add(PATH, {
    ...{ ...fields, client: values.client, date_paid: null, service_recipients: [] },
    ...{ date_sent: isRaised ? new Date().toISOString() : null, pdf_url: null, status: isRaised ? 'unpaid' : 'draft' },
  });
  const created = announced(write, PATH, account.change(PATH, id, { display_id: `PFI-${id}` }), {
    ...{ action: 'CREATED_PROFORMA_INVOICE', verb: 'Created a Credit Request', message: CREATED },
  });
  if (isRaised) {
    const raised = { action: 'RAISED_PROFORMA_INVOICE', verb: 'Raised a Credit Request', message: '' };
    write.announce({ ...raised, path: PATH, id });
  }
  return { ...created, created: true };
}
