import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, it } from '@jest/globals';

import { bodyOf } from '../../harness/sample-delivery.ts';
import { digestInSteps, digestOf } from '../../sealing/digest.ts';

const original = { body: bodyOf('A'), signature: 'a'.repeat(64) };

it('a copy of a delivery has the same digest, and a forgery with the same body or the same signature has another', () => {
  expect(digestOf({ ...original, body: Buffer.from(original.body) })).toEqual(digestOf(original));
  for (const changes of [{ signature: 'b'.repeat(64) }, { body: bodyOf('B') }]) {
    expect(digestOf({ ...original, ...changes })).not.toEqual(digestOf(original));
  }
});

it.each([0, 1, 2])(
  'the digest of a delivery of %d MB is the same if it is computed in steps, each in its own turn',
  async (mb) => {
    const large = { ...original, body: Buffer.alloc(mb * 2 ** 20, 'x') };
    let pauses = 0;
    const digest = await digestInSteps(large, () => {
      pauses++;
      return nextTurn();
    });
    expect(digest).toEqual(digestOf(large));
    expect(pauses).toBe(2 * mb);
  },
);
