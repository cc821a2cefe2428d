/** Digits of cards and bank accounts, which no record is allowed to show. */

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { deliver } from '../support/app-tester.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const CLIENT = 'client_payment_details_changed';
const { sampleEvent } = triggerOf(CLIENT);

describe('Payment Details Added or Removed', () => {
  it.each([CLIENT, 'any_event'])('%s shows no digit of a card or an account', async (key) => {
    const secret = {
      ...sampleEvent,
      extra_msg: 'Visa ending 4242, account ٤٢٤٢',
      subject: {
        ...sampleEvent.subject,
        card: { brand: 'Visa', last4: '4242' },
        Bank_Details: { account_number: '31424242' },
        default_payment_card: 'Visa 4242',
        iban: 'GB33BUKB4242',
        payment_methods: [{ type: 'card', last4: '4242', sort_code: '424242' }],
        payment: { gocardless_mandate: 'MD4242' },
      },
    };
    const [record] = await deliver(key, deliveryOf(secret));
    const { id, ...shown } = record ?? {};
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(shown)).not.toMatch(/4242|٤/);
    expect(shown).toMatchObject({ event_message: 'Visa ending ****, account ****' });
    expect(JSON.stringify(shown)).toContain('"type":"card"');
  });

  it('keeps the digits of other messages', async () => {
    const event = { ...triggerOf('client_updated').sampleEvent, extra_msg: 'Edited 3 fields' };
    expect(await deliver('client_updated', deliveryOf(event))).toMatchObject([{ event_message: 'Edited 3 fields' }]);
  });
});
