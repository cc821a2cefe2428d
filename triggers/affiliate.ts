import sample from '../objects/samples/affiliate.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const affiliate = tutorCruncherObject({
  word: 'affiliate',
  sample,
  api: { path: 'agents', filters: ['status', 'labels'], hasCustomFields: true },
});

export const affiliateTriggers = [
  webhookTrigger({
    key: 'affiliate_created',
    label: 'New Affiliate',
    description: 'Triggers when an affiliate is created.',
    object: affiliate,
    actions: { CREATED_AN_AGENT: 'Created an Affiliate' },
    canChooseLabel: true,
  }),
  webhookTrigger({
    key: 'affiliate_updated',
    label: 'Affiliate Updated',
    description: "Triggers when an affiliate's details change.",
    object: affiliate,
    actions: { EDITED_AN_AGENT: 'Edited an Affiliate', EDITED_OWN_PROFILE: 'Edited their own profile' },
    canChooseLabel: true,
  }),
];
