import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/payment-order.json' with { type: 'json' };

/** A payment order: an amount that the agency owes a tutor or an affiliate. */
export const paymentOrder = tutorCruncherObject({
  word: 'payment_order',
  sample,
  earlier: { amount: '30.00' },
  // These statuses are an assumption, because TutorCruncher does not document them. The search for many payment orders
  // checks the status of each row.
  statuses: ['draft', 'confirmed', 'unpaid', 'payment-pending', 'paid', 'failed', 'void'],
  api: {
    path: 'payment-orders',
    rowFields: ['id', 'display_id', 'amount', 'date_sent', 'payee', 'status', 'url'],
  },
});
