import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/payment-order.json' with { type: 'json' };

/** A payment order: an amount that the agency owes a tutor or an affiliate. */
export const paymentOrder = tutorCruncherObject({
  word: 'payment_order',
  sample,
  earlier: { amount: '30.00' },
  api: { path: 'payment-orders' },
});
