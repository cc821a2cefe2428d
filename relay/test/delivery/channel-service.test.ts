/** The service of a claimed channel while the store fails or steps back, and with many events at once. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { DispatcherBed } from '../support/dispatcher-bed.ts';

const bed = new DispatcherBed();

it('reads new events again after the store has failed', async () => {
  await bed.send('first');
  expect(bed.attempted()).toBe('first');
  const arrivals = bed.store.arrivals.bind(bed.store);
  bed.store.arrivals = () => {
    bed.store.arrivals = arrivals;
    return Promise.reject(new Error('disk'));
  };
  await bed.send('second');
  expect(bed.attempted()).toBe('');
  expect(await bed.attemptedAfter(SECOND)).toBe('second');
  expect(bed.lines.map(({ message }) => message)).toContain(
    'Reading new deliveries from the store failed. Retrying in 1 s.',
  );
});

it('loads a new subscription again after the store has failed', async () => {
  await bed.send('first');
  const subscriptions = bed.store.subscriptions.bind(bed.store);
  bed.store.subscriptions = () => {
    bed.store.subscriptions = subscriptions;
    return Promise.reject(new Error('disk'));
  };
  await bed.subscribe('y');
  await bed.send('second');
  expect(bed.to('y')).toEqual([]);
  // Less than the time after which the channel would be given back, and claimed again.
  await bed.clock.advance(1.5 * SECOND);
  expect(bed.to('y').map(({ name }) => name)).toEqual(['second']);
  expect(bed.lines.map(({ message }) => message)).toContain('Loading subscriptions failed. Retrying in 1 s.');
});

it('delivers more events than one read returns to every Zap, in order', async () => {
  const targets = ['x', 'a', 'b', 'c', 'd', 'e'];
  for (const target of targets.slice(1)) await bed.subscribe(target);
  await bed.ingest(['A']);
  bed.attempted();
  // A read returns 1,000 sends, and ends between the six sends of an event. Each queue has room for 200.
  const names = Array.from({ length: 190 }, (_, index) => `${index}`);
  await bed.send(...names);
  await bed.clock.advance(5 * SECOND);
  for (const target of targets) expect(bed.to(target).map(({ name }) => name)).toEqual(names);
});

it('ends a subscription whose Zap is off, whose waiting events become dead letters', async () => {
  await bed.stopDispatcher();
  await bed.send('first', 'second', 'third');
  bed.respond = (name) => (name === 'first' ? { type: 'delivered' } : { type: 'gone' });
  bed.startDispatcher();
  expect(await bed.attemptedAfter(5 * SECOND)).toBe('first second');
  expect(await bed.state()).toBeUndefined();
  const dead = await bed.store.sendSummaries('dead', bed.subscription.id, 9);
  expect(dead.map(({ number }) => number)).toEqual([2, 3]);
  await bed.send('fourth');
  expect(await bed.attemptedAfter(5 * SECOND)).toBe('');
});
