/** Claims that a dispatcher loses, or whose response is lost. */

import { describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import type { HeartbeatFailure } from '../../store/outcomes/claims.ts';
import type { Store } from '../../store/store.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const STEPPED_BACK = 'The database has gone back to an earlier state';
const TOO_OLD = 'The heartbeat of this process is too old';

const bed = new DispatcherBed();
const messages = () => bed.lines.map(({ message }) => message);

/** Changes the response to the next call of a method of the store. */
function changeNext<Name extends 'heartbeat' | 'claim' | 'claimed' | 'deliveryIds'>(
  method: Name,
  change: (response: Awaited<ReturnType<Store[Name]>>) => unknown,
): void {
  const { store } = bed;
  const original = store[method].bind(store) as (...args: unknown[]) => ReturnType<Store[Name]>;
  const changed = async (...args: unknown[]): Promise<unknown> => {
    Object.assign(store, { [method]: original });
    return change(await original(...args));
  };
  Object.assign(store, { [method]: changed });
}
const failHeartbeat = (failure: HeartbeatFailure) => {
  changeNext('heartbeat', () => failure);
};
/** Returns the seconds from one time to each attempt of an event after it. */
const secondsOfAttempts = (name: string, start: number) =>
  bed.attempts.filter((attempt) => attempt.name === name).map(({ at }) => (at - start) / SECOND);

describe('a dispatcher whose heartbeat cannot be renewed', () => {
  it.each([
    ['too old', TOO_OLD],
    ['stepped back', STEPPED_BACK],
  ] as const)(
    'makes no more attempts under the former claim, and the log tells that it is %s',
    async (failure, line) => {
      bed.respond = () => FAILED;
      const start = bed.clock.now();
      await bed.send('a');
      failHeartbeat(failure);
      await bed.clock.advance(2 * SECOND);
      expect(messages()).toContainEqual(expect.stringContaining(line));
      expect(
        messages().filter((message) => message.startsWith(TOO_OLD) || message.startsWith(STEPPED_BACK)),
      ).toHaveLength(1);
      await bed.clock.advance(48 * SECOND);
      // The channel can be claimed again when the former heartbeat is 5 s old. The failure was saved before.
      const [first, second = 0, ...later] = secondsOfAttempts('a', start);
      expect(first).toBe(0);
      expect(second).toBeGreaterThanOrEqual(5);
      expect(second).toBeLessThan(11);
      expect(later).toEqual([second + 10, second + 30]);
    },
  );
});

describe('the claims in the store', () => {
  it('of the former id of the process are not served', async () => {
    bed.respond = bed.hang;
    await bed.send('a');
    const held = Promise.withResolvers<undefined>();
    changeNext('claimed', (claimed) => held.promise.then(() => claimed));
    await bed.clock.advance(1.5 * SECOND);
    failHeartbeat('too old');
    await bed.clock.advance(SECOND);
    held.resolve(undefined);
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    expect(await bed.attemptedAfter(10 * SECOND)).toBe('a');
  });

  it('end the service of a channel that another process has claimed', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = (name) => (name === 'a' ? bed.hang() : DELIVERED);
    await bed.send('a', 'b');
    expect((await metrics.claimedChannels.get()).values).toMatchObject([{ value: 1 }]);
    changeNext('claimed', () => []);
    await bed.clock.advance(SECOND);
    expect((await metrics.claimedChannels.get()).values).toMatchObject([{ value: 0 }]);
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
    bed.endAttempt();
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    expect(messages()).toEqual([]);
  });

  it('begin the service of a channel if the response to its claim was lost', async () => {
    bed.respond = (_name, target) => (target === 'x' ? bed.hang() : DELIVERED);
    await bed.send('a');
    await bed.subscribe('two', undefined, OTHER_CHANNEL);
    await bed.clock.advance(5 * SECOND);
    changeNext('claim', () => {
      throw new Error('connection lost');
    });
    await bed.ingest(['A'], OTHER_CHANNEL);
    expect(messages()).toEqual(['Claiming channels failed. Retrying in 1 s.']);
    await bed.clock.advance(SECOND);
    expect(bed.to('two')).toHaveLength(1);
    await bed.clock.advance(20 * SECOND);
    expect(bed.attempts).toHaveLength(2);
  });

  it('begin no service during the stop of the dispatcher', async () => {
    bed.respond = (name) => (name === 'a' ? bed.hang() : DELIVERED);
    await bed.send('a', 'b');
    const held = Promise.withResolvers<undefined>();
    changeNext('claimed', (claimed) => held.promise.then(() => claimed));
    await bed.clock.advance(SECOND);
    const stopped = bed.stopDispatcher();
    await bed.clock.settle();
    held.resolve(undefined);
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    bed.endAttempt();
    await stopped;
    expect(bed.attempted()).toBe('');
  });
});

describe('a step back of the database', () => {
  const loseDelivery = (): void => {
    changeNext('claimed', (all) => all.map((each) => ({ ...each, newestSeq: 0 })));
  };
  const replaceDelivery = (): void => {
    changeNext('deliveryIds', (all) => all.map((each) => ({ ...each, deliveryId: 'another' })));
  };

  it.each([
    ['lacks a delivery', loseDelivery],
    ['has given the number of a delivery to another', replaceDelivery],
  ])('is noticed because the database %s, and the channel is served anew', async (_what, stepBack) => {
    await bed.send('a');
    bed.respond = bed.hang;
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    stepBack();
    await bed.clock.advance(SECOND);
    expect(messages()).toEqual([expect.stringContaining(STEPPED_BACK)]);
    bed.respond = () => DELIVERED;
    expect(await bed.attemptedAfter(10 * SECOND)).toBe('b');
    expect(messages()).toHaveLength(1);
  });
});
