import { packageObject } from '../objects/package.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const packageTriggers = triggersAbout({ object: packageObject }, [
  {
    key: 'package_purchased',
    label: 'Package Purchased',
    description: 'Triggers when a client purchases a package.',
    actions: { CLIENT_PURCHASED_PACKAGE: 'Client purchased a Package' },
    earlier: packageObject.earlier,
  },
]);
