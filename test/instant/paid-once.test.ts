/** Several events about one payment, for Invoice Paid and Credit Request Paid in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers, receive } from '../support/relayed-triggers.ts';
import { deliveryOf, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { sealedEnvelope, signedContent } from '../support/sealed-envelope.ts';

const relayed = await loadRelayedTriggers();

/**
 * The action of an event, and the status of its subject. If the status is missing, the subject has no status field. The
 * position of the event in the burst is its time in seconds.
 */
type Sent = readonly [action: string, status?: string];

/**
 * Returns the number of runs for the event of a burst that arrives last.
 *
 * @param events - the events, ordered by time
 * @param order - the events in the order of their arrival
 */
async function runs(key: string, events: readonly Sent[], inputData: JsonObject = {}, order = events): Promise<number> {
  const { sampleEvent } = relayed(key);
  const envelopes = order.map(async (sent) => {
    const [action, status] = sent;
    const timestamp = `2026-06-10T18:05:0${events.indexOf(sent)}.000000Z`;
    const event = { ...sampleEvent, action, timestamp, subject: { ...sampleEvent.subject, status } };
    return JSON.parse(await sealedEnvelope(PRIVATE_KEY, signedContent(deliveryOf(event), PRIVATE_KEY))) as object;
  });
  const burst = await Promise.all(envelopes);
  const content = JSON.stringify({ ...burst.pop(), burst });
  return (await receive(relayed(key), content, inputData)).length;
}

describe.each([
  [
    'invoice_paid',
    'MARKED_INVOICE_AS_PAID',
    ['CLIENT_PAID_INVOICE', 'ADMIN_PAID_INVOICE', 'ACCOUNTING_ITEM_AUTOCHARGED'],
  ],
  [
    'credit_request_paid',
    'MARKED_PROFORMA_INVOICE_AS_PAID',
    [
      'CLIENT_PAID_PROFORMA_INVOICE',
      'ADMIN_PAID_PROFORMA_INVOICE',
      'CLIENT_PAID_INVOICE',
      'ACCOUNTING_ITEM_AUTOCHARGED',
    ],
  ],
])('%s', (key, marked, others) => {
  const first: Sent = [marked, 'paid'];
  const [action = ''] = others;

  it('runs once for a payment, whichever event arrives first', async () => {
    expect(await runs(key, [first])).toBe(1);
    for (const other of others) {
      const both: Sent[] = [[other, 'Paid'], first];
      expect([other, await runs(key, both)]).toEqual([other, 0]);
      expect([other, await runs(key, both, {}, [...both].reverse())]).toEqual([other, 0]);
    }
  });

  it('runs for each event if all are kept', async () => {
    const both: Sent[] = [first, [action, 'paid']];
    expect(await runs(key, both, { keep_all_events: true })).toBe(1);
    expect(await runs(key, both, { keep_all_events: 'no' })).toBe(0);
  });

  it.each<[string, readonly Sent[]]>([
    ['the earlier event does not trigger the Zap', [['ADMIN_QUICK_PAY_INVOICE', 'paid'], first]],
    ['the earlier event was not paid yet', [[action, 'unpaid'], first]],
    ['the earlier event does not show the status', [[action], first]],
    ['the event does not show the status', [first, [action]]],
    ['the payment was undone in between', [first, ['EDITED', 'unpaid'], ['EDITED', 'paid'], [action, 'paid']]],
  ])('runs if %s', async (_case, events) => {
    expect(await runs(key, events)).toBe(1);
  });
});
