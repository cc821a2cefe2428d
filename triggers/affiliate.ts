import { affiliate } from '../objects/affiliate.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const affiliateTriggers = triggersAbout({ object: affiliate }, [
  {
    key: 'affiliate_created',
    label: 'New Affiliate',
    description: 'Triggers when an affiliate is created.',
    actions: { CREATED_AN_AGENT: 'Created an Affiliate' },
    choices: ['label'],
    requirement: { time: 'date_created' },
  },
  {
    key: 'affiliate_updated',
    label: 'Affiliate Updated',
    description: "Triggers when an affiliate's details change.",
    actions: { EDITED_AN_AGENT: 'Edited an Affiliate', EDITED_OWN_PROFILE: 'Edited their own profile' },
    choices: ['label', 'changed fields'],
  },
]);
