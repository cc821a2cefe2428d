/** Details of records that contradict the assumptions about fields. */

import { describe, expect, it } from '@jest/globals';

import { checkAccount } from '../../account-check/check-account.ts';
import { Reader } from '../../account-check/reader.ts';
import { changedDetails, changedRows, READER_OPTIONS, replaced, without, withStandIn } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';
import { STAND_IN_KEY } from './stand-in.ts';

testContradictions([
  ['lists.rows-complete', 'reviews lack the invoice', changedRows('reviews', (row) => without(row, 'invoice'))],
  ['details.fields', 'a field is missing', changedDetails('clients', (client) => without(client, 'is_taxable'))],
  ['details.fields', 'a text is a list', changedDetails('clients', (client) => ({ ...client, town: ['Bristol'] }))],
  ['details.flat', 'people have a user', (behaviour) => (behaviour.isOlderShape = true)],
  [
    'details.times',
    'a time has no offset',
    changedDetails('appointments', (one) => ({ ...one, start: '2026-06-10T16:00' })),
  ],
  ['details.tutor-name', 'it has the documented name', (behaviour) => (behaviour.tutorNameField = 'contractor_name')],
  ['details.deleted', 'a deleted client gets 410', replaced('GET /api/clients/2147483647/', 410)],
  ['details.pdf', 'an invoice has no link', changedDetails('invoices', (one) => without(one, 'pdf_url'))],
  [
    'events.custom-fields',
    'they are an object',
    changedDetails('clients', (one) => ({ ...one, extra_attrs: { school: 'A' } })),
  ],
  ['events.numbers', 'an amount has a sign', changedDetails('clients', (one) => ({ ...one, invoice_balance: '£84' }))],
  ['writes.auto-charge', 'it is a number', changedDetails('clients', (one) => ({ ...one, auto_charge: 10 }))],
  [
    'writes.charge-fields',
    'details have the text',
    changedDetails('adhoccharges', (one) => ({ ...one, description: 'Book' })),
  ],
]);

describe('a check', () => {
  it('reads no details with PDFs unless it is asked to', async () => {
    const pdfReads = async (withPdf: boolean): Promise<number> =>
      withStandIn(async (tutorCruncher) => {
        const reader = new Reader({ ...READER_OPTIONS, tutorCruncher: tutorCruncher.origin });
        await checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf, readDeliveries: null });
        return tutorCruncher.requests.filter(
          ({ method, path }) => method === 'GET' && /^\/api\/(?:proforma-)?(?:invoices|payment-orders)\/\d/.test(path),
        ).length;
      });
    expect(await pdfReads(false)).toBe(0);
    expect(await pdfReads(true)).toBe(9);
  });
});
