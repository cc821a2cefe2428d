/** Creation of credit requests, which the API calls proforma invoices. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText } from './account.ts';
import { formOf, hasErrors, type Fields } from './fields.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { announced, EDITED, type Write } from './write.ts';

const FIELDS: Fields = {
  amount: { type: 'decimal', required: true },
  client: { type: 'field', required: true, list: 'clients' },
  description: { type: 'string', required: true },
  raise_behaviour: {
    type: 'choice',
    choices: ['dont-raise', 'raise', 'raise-no-autopayment', 'raise-and-send', 'raise-and-send-no-autopayment'],
  },
};

const refersToClient = (client: unknown, id: unknown): boolean => (client as JsonObject | null)?.id === Number(id);

/** Creates a credit request, or adds the amount to the client's credit request that has not been raised yet. */
export function createCreditRequest(write: Write): ApiResponse {
  const { account, body } = write;
  const { values, errors } = formOf(FIELDS, write);
  if (hasErrors(errors)) return badRequest(errors);
  const item = {
    amount: values.amount,
    custom_description: body.description,
    sales_codes: null,
    rcra: null,
  };
  const open = (account.list('proforma-invoices') ?? []).find(
    ({ client, status }) => ['draft', 'confirmed'].includes(String(status)) && refersToClient(client, body.client),
  );
  const total = Number(body.amount) + Number(open?.amount ?? 0);
  const fields = {
    amount: amountText(total),
    items: [...((open?.items ?? []) as JsonObject[]), item],
    still_to_pay: total,
  };
  if (open) {
    const changed = account.change('proforma-invoices', open.id, fields);
    const [status, record] = announced(write, 'proforma-invoices', changed, {
      action: 'CREATED_PROFORMA_INVOICE_ITEM',
      verb: 'Added an item to a Credit Request',
      message: EDITED,
    });
    return [status, { ...(record as JsonObject), created: false }];
  }
  const isRaised = body.raise_behaviour !== undefined && body.raise_behaviour !== 'dont-raise';
  const added = account.add('proforma-invoices', {
    ...{ ...fields, client: values.client, date_paid: null, service_recipients: [] },
    ...{ date_sent: isRaised ? new Date().toISOString() : null, pdf_url: null, status: isRaised ? 'unpaid' : 'draft' },
  });
  const created = account.change('proforma-invoices', added.id, { display_id: `PFI-${added.id}` });
  const [status, record] = announced(write, 'proforma-invoices', created, {
    action: 'CREATED_PROFORMA_INVOICE',
    verb: 'Created a Credit Request',
    message: 'Created via the API.',
  });
  if (isRaised) {
    const raised = { action: 'RAISED_PROFORMA_INVOICE', verb: 'Raised a Credit Request', message: '' };
    write.announce({ ...raised, path: 'proforma-invoices', id: created.id });
  }
  return [status, { ...(record as JsonObject), created: true }];
}
