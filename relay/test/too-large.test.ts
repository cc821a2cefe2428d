/** Deliveries that cannot be attempted: the envelope is larger than Zapier accepts, or the content is missing. */

import { describe, expect, it } from '@jest/globals';

import { envelopeLength } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { isTooLarge, withinLimit } from '../delivery/envelope.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { previousDelivery, storedDelivery } from './stored-delivery.ts';
import { DispatcherBed } from './dispatcher-bed.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

const bed = new DispatcherBed();

/** Ingests a delivery whose envelope is too large. */
async function sendTooLarge(): Promise<void> {
  const content = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };
  await bed.store.ingest([delivery('A', { actions: ['A', 'large'], receivedAt: bed.clock.now(), content })]);
  await bed.clock.settle();
}

const deadLetters = () => bed.store.deadLetterSummaries(bed.subscription.id, 0, 10);

describe('a delivery that is too large for Zapier', () => {
  it('has an envelope of more than 9 MB', () => {
    const overhead = envelopeLength(storedDelivery({ sealed: Buffer.alloc(0) }));
    const largest = Math.floor((MAX_ENVELOPE_BYTES - overhead) / 4) * 3;
    for (const previous of [null, previousDelivery()]) {
      expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest), previous }))).toBe(false);
      expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest + 1), previous }))).toBe(true);
    }
  });

  it('is delivered without its previous delivery if only the previous delivery makes its envelope larger than 9 MB', () => {
    const withPrevious = (bytes: number) =>
      storedDelivery({ sealed: Buffer.alloc(4_000_000), previous: previousDelivery({ sealed: Buffer.alloc(bytes) }) });
    const overhead = envelopeLength(withPrevious(0));
    const largest = Math.floor((MAX_ENVELOPE_BYTES - overhead) / 4) * 3;
    const [most, tooMuch] = [withPrevious(largest), withPrevious(largest + 1)];
    expect(withinLimit(most)).toBe(most);
    expect(isTooLarge(tooMuch)).toBe(false);
    const alone = withinLimit(tooMuch);
    // Jest compares large buffers byte by byte, which takes seconds.
    expect(alone.sealed).toBe(tooMuch.sealed);
    expect(alone.previous).toBeNull();
    expect(withinLimit(alone)).toBe(alone);
  });

  it('is delivered without the oldest of its earlier deliveries, as many as make its envelope larger than 9 MB', () => {
    const [previous, ...burst] = [1, 2, 3, 4].map((megabytes) =>
      previousDelivery({ sealed: Buffer.alloc(megabytes * 1_000_000) }),
    );
    const sent = withinLimit(storedDelivery({ previous: previous ?? null, burst }));
    expect(sent.previous).toBeNull();
    expect(sent.burst.map(({ sealed }) => sealed.length)).toEqual([4_000_000]);
    expect(withinLimit(sent)).toBe(sent);
  });

  it('becomes a dead letter without an attempt, and delivery continues at once', async () => {
    await bed.send('a');
    await sendTooLarge();
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    expect(await bed.counts()).toEqual({ deadLetters: 1, pending: 0 });
    expect(await bed.state()).toMatchObject({ failures: 0, lastFailure: null });
    expect(await deadLetters()).toMatchObject([{ reason: 'too large for Zapier', actions: ['A', 'large'] }]);
  });

  it('remains a dead letter without an attempt when it is redriven', async () => {
    await sendTooLarge();
    await bed.state();
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    await bed.clock.advance(SECOND);
    expect(bed.attempted()).toBe('');
    expect(await deadLetters()).toMatchObject([{ reason: 'too large for Zapier', isRedriven: false }]);
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
  expect(await deadLetters()).toMatchObject([{ reason: 'content not stored', isRedriven: false }]);
});
