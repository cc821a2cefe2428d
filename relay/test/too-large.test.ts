/** Deliveries that cannot be attempted: the envelope is larger than Zapier accepts, or the content is missing. */

import { expect, it } from '@jest/globals';

import { envelopeLength } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { isTooLarge } from '../delivery/paced-attempts.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { storedDelivery } from './stored-delivery.ts';
import { DispatcherBed } from './dispatcher-bed.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

const LARGE = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };

const bed = new DispatcherBed();

it('an envelope of more than 9 MB is too large', () => {
  const overhead = envelopeLength(storedDelivery({ sealed: Buffer.alloc(0) }));
  const largest = Math.floor((MAX_ENVELOPE_BYTES - overhead) / 4) * 3;
  expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest) }))).toBe(false);
  expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest + 1) }))).toBe(true);
});

it.each([
  ['large', { content: LARGE }, 'too large for Zapier'],
  ['missing', {}, 'content not stored'],
])(
  'a %s delivery becomes a dead letter without an attempt, also when it is redriven',
  async (name, changes, failure) => {
    const deliveries = bed.store.deliveries.bind(bed.store);
    bed.store.deliveries = async (...args) =>
      (await deliveries(...args)).filter(({ actions }) => !actions?.includes('missing'));
    await bed.send('a');
    await bed.store.ingest([delivery('A', { actions: ['A', name], receivedAt: bed.clock.now(), ...changes })]);
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0, failures: 0, lastFailure: null });
    let reads = 0;
    const redriven = bed.store.redriven.bind(bed.store);
    bed.store.redriven = (...args) => {
      reads++;
      return redriven(...args);
    };
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    expect(await bed.attemptedAfter(SECOND)).toBe('');
    expect(reads).toBeLessThan(4);
    expect(await bed.store.sendSummaries('dead', bed.subscription.id, 10)).toMatchObject([
      { failure, actions: ['A', name], isRedriven: false },
    ]);
  },
);
