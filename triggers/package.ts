import sample from '../objects/samples/tutoring-package.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

// TutorCruncher documents no package; these fields are the ones its users have seen.
export const packageObject = tutorCruncherObject({ word: 'package', sample, api: null });

export const packageTriggers = [
  webhookTrigger({
    key: 'package_purchased',
    label: 'Package Purchased',
    description: 'Triggers when a client purchases a package.',
    object: packageObject,
    actions: { CLIENT_PURCHASED_PACKAGE: 'Client purchased a Package' },
  }),
];
