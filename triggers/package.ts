import { packageObject } from '../objects/package.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const packageTriggers = [
  objectTrigger({
    key: 'package_purchased',
    label: 'Package Purchased',
    description: 'Triggers when a client purchases a package.',
    object: packageObject,
    actions: { CLIENT_PURCHASED_PACKAGE: 'Client purchased a Package' },
  }),
];
