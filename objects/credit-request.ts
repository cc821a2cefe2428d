import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/credit-request.json' with { type: 'json' };

/**
 * A credit request: a request to a client to pay in advance. TutorCruncher's API calls a credit request a proforma
 * invoice.
 */
export const creditRequest = tutorCruncherObject({
  word: 'credit_request',
  sample,
  earlier: { amount: '84.00' },
  statuses: ['draft', 'confirmed', 'unpaid', 'payment-pending', 'paid', 'failed', 'void'],
  api: {
    path: 'proforma-invoices',
    rowFields: ['id', 'amount', 'client', 'display_id', 'date_sent', 'date_paid', 'status', 'still_to_pay', 'url'],
  },
});
