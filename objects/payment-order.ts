import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/payment-order.json' with { type: 'json' };

/** A payment order: an amount that the agency owes a tutor or an affiliate. */
export const paymentOrder = tutorCruncherObject({
  word: 'payment_order',
  sample,
  earlier: { amount: '30.00' },
  // TutorCruncher's documentation shows no list of these: a guess, which the search for many checks in each row.
  statuses: ['draft', 'confirmed', 'unpaid', 'payment-pending', 'paid', 'failed', 'void'],
  api: {
    path: 'payment-orders',
    rowFields: ['id', 'display_id', 'amount', 'date_sent', 'payee', 'status', 'url'],
  },
});
