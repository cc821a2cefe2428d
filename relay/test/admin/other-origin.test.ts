import { expect, it } from '@jest/globals';

import { otherOriginProblem } from '../../admin/other-origin.ts';

const OWN = { origin: 'https://relay.example.com', channels: 1, subscriptions: 2 };

it('a store is refused only if it belongs to a different origin, with a message about the setting and the cost of a change', () => {
  expect(otherOriginProblem(OWN, OWN.origin)).toBeNull();
  expect(otherOriginProblem(OWN, 'https://relay.example')).not.toBeNull();
  expect(otherOriginProblem(OWN, 'https://new.example.com')).toBe(
    'The store belongs to the relay at https://relay.example.com, but RELAY_ORIGIN is https://new.example.com. ' +
      'Set RELAY_ORIGIN to https://relay.example.com. With another origin, the webhook URLs in TutorCruncher must be ' +
      'replaced, and every Zap must be turned off and on: the store has 1 channel and 2 Zaps. To change the origin ' +
      'nevertheless, see the output of "new-origin https://new.example.com".',
  );
});
