import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/ad-hoc-charge.json' with { type: 'json' };

/** An ad hoc charge: an amount that is charged outside a lesson. */
export const adHocCharge = tutorCruncherObject({
  word: 'ad_hoc_charge',
  sample,
  earlier: { client_cost: '10.00' },
  api: { path: 'adhoccharges' },
});
