import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/invoice.json' with { type: 'json' };

/** An invoice to a client. */
export const invoice = tutorCruncherObject({
  word: 'invoice',
  sample,
  earlier: { gross: '60.00' },
  statuses: ['draft', 'confirmed', 'unpaid', 'payment-pending', 'paid', 'failed', 'void'],
  api: {
    path: 'invoices',
    rowFields: ['id', 'display_id', 'gross', 'net', 'tax', 'date_sent', 'client', 'status', 'url'],
  },
});
