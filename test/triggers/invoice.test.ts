import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { deliver } from '../support/app-tester.ts';

describe('invoice_paid', () => {
  const { sampleEvent } = triggerOf('invoice_paid');
  const withStatus = (status: unknown) =>
    deliver('invoice_paid', deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, status } }));

  it('keeps only invoices with the status paid, in any letter case', async () => {
    await expect(withStatus('unpaid')).resolves.toEqual([]);
    await expect(withStatus('payment-pending')).resolves.toEqual([]);
    await expect(withStatus('Paid')).resolves.toHaveLength(1);
  });

  it('keeps an invoice without a status', async () => {
    await expect(withStatus(undefined)).resolves.toHaveLength(1);
    await expect(withStatus(null)).resolves.toHaveLength(1);
  });
});
