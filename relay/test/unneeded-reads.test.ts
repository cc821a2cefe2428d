/** Reads of new deliveries that the dispatcher skips while no worker needs them. */

import { describe, expect, it, jest } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed } from './dispatcher-bed.ts';
import { delivery } from './new-delivery.ts';

describe('the dispatcher', () => {
  const bed = new DispatcherBed();

  it('reads no new deliveries while all subscriptions are busy, and then delivers them in order', async () => {
    const pending: ((result: AttemptResult) => void)[] = [];
    bed.respond = () => new Promise((resolve) => pending.push(resolve));
    await bed.send('1');
    expect(bed.attempted()).toBe('1');
    const reads = jest.spyOn(bed.store, 'deliveriesAfter');
    await bed.send('2');
    await bed.send('3');
    await bed.clock.advance(5 * SECOND);
    expect(reads).not.toHaveBeenCalled();
    for (const name of ['2', '3']) {
      pending.shift()?.(DELIVERED);
      await bed.clock.settle();
      expect(bed.attempted()).toBe(name);
    }
    pending.shift()?.(DELIVERED);
    await bed.clock.settle();
    expect(reads).toHaveBeenCalledTimes(1);
  });

  it('reads nothing from a channel without subscriptions, and delivers later events after the first subscription is added', async () => {
    const { store, clock } = bed;
    await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
    const send = async (name: string): Promise<void> => {
      await store.ingest([delivery('A', { channel: OTHER_CHANNEL, actions: ['A', name], receivedAt: clock.now() })]);
      await clock.settle();
    };
    const reads = jest.spyOn(store, 'deliveriesAfter');
    await send('1');
    await send('2');
    expect(reads).not.toHaveBeenCalled();
    await store.subscribe(OTHER_CHANNEL, { targetUrl: 'y', filter: { actions: ['A'] } }, 1, 0);
    await send('3');
    expect(bed.attempted()).toBe('3');
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toHaveLength(1);
  });

  it('releases a channel without subscriptions', async () => {
    const { store, clock } = bed;
    await store.unsubscribe(CHANNEL, bed.subscription.id);
    await bed.send('1');
    await clock.advance(5 * SECOND);
    const other = await store.lease({ holder: 'other', limit: 1, milliseconds: 1 });
    expect(other).toEqual({ leases: [], lookAgainInMs: null });
  });
});
