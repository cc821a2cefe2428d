/** Deliveries that cannot be attempted: the envelope is larger than Zapier accepts, or the content is missing. */

import { describe, expect, it } from '@jest/globals';

import { envelopeLength } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { isTooLarge } from '../delivery/paced-attempts.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { storedDelivery } from './stored-delivery.ts';
import { DispatcherBed } from './dispatcher-bed.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

const bed = new DispatcherBed();

async function sendTooLarge(): Promise<void> {
  const content = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };
  await bed.store.ingest([delivery('A', { actions: ['A', 'large'], receivedAt: bed.clock.now(), content })]);
  await bed.clock.settle();
}

const deadLetters = () => bed.store.sendSummaries('dead', bed.subscription.id, 10);

describe('a delivery that is too large for Zapier', () => {
  it('has an envelope of more than 9 MB', () => {
    const overhead = envelopeLength(storedDelivery({ sealed: Buffer.alloc(0) }));
    const largest = Math.floor((MAX_ENVELOPE_BYTES - overhead) / 4) * 3;
    expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest) }))).toBe(false);
    expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest + 1) }))).toBe(true);
  });

  it('becomes a dead letter without an attempt, and delivery continues at once', async () => {
    await bed.send('a');
    await sendTooLarge();
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    expect(await bed.counts()).toEqual({ deadLetters: 1, pending: 0 });
    expect(await bed.state()).toMatchObject({ failures: 0, lastFailure: null });
    expect(await deadLetters()).toMatchObject([{ failure: 'too large for Zapier', actions: ['A', 'large'] }]);
  });

  it('remains a dead letter without an attempt when it is redriven', async () => {
    await sendTooLarge();
    await bed.state();
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    await bed.clock.advance(SECOND);
    expect(bed.attempted()).toBe('');
    expect(await deadLetters()).toMatchObject([{ failure: 'too large for Zapier', isRedriven: false }]);
  });
});

it('turns a delivery whose content is missing into a dead letter without an attempt, also when it is redriven', async () => {
  bed.store.deliveries = () => Promise.resolve([]);
  await bed.send('a');
  expect(await bed.counts()).toEqual({ deadLetters: 1, pending: 0 });
  expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
  let reads = 0;
  const redriven = bed.store.redriven.bind(bed.store);
  bed.store.redriven = (...args) => {
    reads++;
    return redriven(...args);
  };
  await bed.clock.advance(SECOND);
  expect(reads).toBeLessThan(4);
  expect(bed.attempted()).toBe('');
  expect(await deadLetters()).toMatchObject([{ failure: 'content not stored', isRedriven: false }]);
});
