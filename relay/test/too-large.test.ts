/** Deliveries whose envelope is larger than Zapier accepts. */

import { describe, expect, it, jest } from '@jest/globals';

import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { isTooLarge, lengthOfEnvelope } from '../delivery/envelope.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL, DATA_KEY, delivery } from '../harness/sample-delivery.ts';
import { storedDelivery } from '../harness/stored-delivery.ts';
import { DispatcherBed } from './dispatcher-bed.ts';

const bed = new DispatcherBed();

/** Ingests a delivery whose envelope is too large. */
async function sendTooLarge(): Promise<void> {
  const content = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };
  await bed.store.ingest([delivery('A', { actions: ['A', 'large'], receivedAt: bed.clock.now(), content })]);
  await bed.clock.settle();
}

const deadLetters = () => bed.store.deadLetterSummaries(bed.subscription.id, 0, 10);

describe('a delivery that is too large for Zapier', () => {
  it('is one whose envelope has more than 9 MB', () => {
    const overhead = lengthOfEnvelope(storedDelivery({ sealed: Buffer.alloc(0) }));
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
    expect(await deadLetters()).toMatchObject([{ reason: 'too large for Zapier', actions: ['A', 'large'] }]);
  });

  it('stays dead when it is redriven, without an attempt', async () => {
    await sendTooLarge();
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    await bed.clock.advance(SECOND);
    expect(bed.attempted()).toBe('');
    expect(await deadLetters()).toMatchObject([{ reason: 'too large for Zapier', isRedriven: false }]);
  });

  it('is left to the holder of the lease if this process has lost it', async () => {
    const bury = jest.spyOn(bed.store, 'bury').mockResolvedValue(false);
    await sendTooLarge();
    await bed.send('b');
    expect(bed.attempted()).toBe('');
    expect(await deadLetters()).toEqual([]);
    bury.mockRestore();
  });
});
