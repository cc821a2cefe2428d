import sample from '../objects/samples/ad-hoc-charge.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const adHocCharge = tutorCruncherObject({ word: 'ad_hoc_charge', sample, api: { path: 'adhoccharges' } });

export const adHocChargeTriggers = [
  webhookTrigger({
    key: 'ad_hoc_charge_created',
    label: 'New Ad Hoc Charge',
    description: 'Triggers when an ad hoc charge is created.',
    object: adHocCharge,
    actions: { CREATED_ADHOC_CHARGE: 'Created Ad Hoc Charge' },
  }),
];
