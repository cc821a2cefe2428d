import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { deliver } from '../support/app-tester.ts';

describe('credit_request_paid', () => {
  const { sampleEvent } = triggerOf('credit_request_paid');

  it.each([
    ['marked as paid by the office', 'MARKED_PROFORMA_INVOICE_AS_PAID'],
    ['paid by the client', 'CLIENT_PAID_PROFORMA_INVOICE'],
    ['paid by an administrator for the client', 'ADMIN_PAID_PROFORMA_INVOICE'],
    ['paid by the client, reported as the payment of an invoice', 'CLIENT_PAID_INVOICE'],
    ['charged automatically', 'ACCOUNTING_ITEM_AUTOCHARGED'],
  ])('runs for a credit request that is %s', async (_payment, action) => {
    await expect(deliver('credit_request_paid', deliveryOf({ ...sampleEvent, action }))).resolves.toHaveLength(1);
  });
});

it('credit_request_raised drops the payment of a credit request', async () => {
  const { sampleEvent } = triggerOf('credit_request_raised');
  const paid = { ...sampleEvent, action: 'MARKED_PROFORMA_INVOICE_AS_PAID' };
  await expect(deliver('credit_request_raised', deliveryOf(paid))).resolves.toEqual([]);
});
