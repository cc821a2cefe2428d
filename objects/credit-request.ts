import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/credit-request.json' with { type: 'json' };

export const creditRequest = tutorCruncherObject({
  word: 'credit_request',
  sample,
  api: { path: 'proforma-invoices' },
});
