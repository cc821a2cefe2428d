import { describe, expect, it } from '@jest/globals';

import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { deliver, recordsOf } from '../support/app-tester.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const CLIENT = 'client_payment_details_changed';
const TUTOR = 'tutor_payment_details_changed';
const eventOf = (action: string, verb: string, key = CLIENT) => ({ ...triggerOf(key).sampleEvent, action, verb });

describe('Payment Details Added or Removed', () => {
  it.each([
    [CLIENT, 'SAVED_CARD_DETAILS'],
    [CLIENT, 'DELETED_CARD_DETAILS'],
    [CLIENT, 'ADDED_BANK_DETAILS'],
    [CLIENT, 'REMOVED_BANK_DETAILS'],
    [CLIENT, 'ADDED_GC_CUSTOMER_DATA'],
    [CLIENT, 'REMOVED_GC_CUSTOMER_DATA'],
    [TUTOR, 'ADDED_BANK_DETAILS'],
    [TUTOR, 'REMOVED_BANK_DETAILS'],
  ])('%s runs for %s', async (key, action) => {
    expect(await deliver(key, deliveryOf(eventOf(action, 'Changed', key)))).toMatchObject([{ event_action: action }]);
  });

  it('runs for the chosen events only, and shows one of them as test data', async () => {
    const actions = ['REMOVED_BANK_DETAILS', 'DELETED_CARD_DETAILS'];
    const received = (action: string) => deliver(CLIENT, deliveryOf(eventOf(action, 'Changed')), { actions });
    expect(await received('DELETED_CARD_DETAILS')).toHaveLength(1);
    expect(await received('SAVED_CARD_DETAILS')).toEqual([]);
    expectList('clients', {}, [{ id: 301 }]);
    expectDetail('clients', 301, { id: 301, last_name: 'Raman' });
    const testData = { authData: { private_key: PRIVATE_KEY }, inputData: { actions } };
    expect(await recordsOf(triggerOf(CLIENT).definition.operation.performList, testData)).toMatchObject([
      { client_id: 301, event_action: 'REMOVED_BANK_DETAILS', event_description: 'Removed their saved bank details' },
    ]);
  });

  it('does not run for an event of another trigger, even if that event is chosen', async () => {
    const event = eventOf('EDITED_A_CLIENT', 'Edited a Client');
    expect(await deliver(CLIENT, deliveryOf(event), { actions: ['EDITED_A_CLIENT'] })).toEqual([]);
  });
});

it.each(['client', 'tutor'])('%s_terms_agreed runs for consent that an administrator records', async (word) => {
  const key = `${word}_terms_agreed`;
  const event = eventOf('RECORDED_TERMS_CONSENT', 'Recorded consent to Terms and Conditions', key);
  expect(await deliver(key, deliveryOf(event))).toHaveLength(1);
});
