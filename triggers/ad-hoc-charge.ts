import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const adHocChargeTriggers = triggersAbout({ object: adHocCharge }, [
  {
    key: 'ad_hoc_charge_created',
    label: 'New Ad Hoc Charge',
    description: 'Triggers when an ad hoc charge is created.',
    actions: { CREATED_ADHOC_CHARGE: 'Created Ad Hoc Charge' },
  },
]);
