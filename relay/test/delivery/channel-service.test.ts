/**
 * The service of a claimed channel: its reads from the store, its workers, and the time at which the service is idle.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { ChannelService } from '../../delivery/channel-service.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { shortNameOf } from '../../short-name.ts';
import type { ClaimedChannel, ServedChannel } from '../../store/outcomes/claims.ts';
import type { Arrival } from '../../store/rows/send.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FAILED as FAILED_ATTEMPT, FakeDelivery, newSends, NOW } from '../support/fake-delivery.ts';
import { CLAIM, sampleSubscription } from '../support/sample-subscription.ts';

const CLAIMED = { channel: CHANNEL, key: CLAIM.channel, claim: CLAIM.claim, newestSeq: 4, revision: 1 };
/** The keys of two subscriptions of the channel. */
const [FIRST, SECOND_ZAP] = [7, 8];

let fake: FakeDelivery;
let service: ChannelService;
beforeEach(() => {
  fake = new FakeDelivery();
});

const subscriptionOf = (key: number, changes: Partial<Subscription> = {}): Subscription =>
  sampleSubscription({ key, id: `subscription ${key}`, ...changes });

/** Starts the service. By default, one subscription was read together with the claim. */
async function start(
  claimed: Partial<ServedChannel> = { subscriptions: [subscriptionOf(FIRST)] },
  paces = { pacePerSubscription: 1_000, pacePerChannel: 1_000 },
): Promise<void> {
  service = new ChannelService({ ...CLAIMED, ...claimed }, CLAIM.process, { ...fake.parts(), ...paces });
  await fake.clock.settle();
}

/** Stores sends of deliveries with the given sequence numbers, and returns the sends. */
function arrive(subscription: number, ...seqs: number[]): Arrival[] {
  const arrivals = newSends(...seqs).map(({ seq, deliveryId, number, receivedAt }) => ({
    seq,
    deliveryId,
    number,
    receivedAt,
    subscription,
  }));
  fake.arrivals.push(...arrivals);
  return arrivals;
}
const attempted = () => fake.attempts.splice(0).map(({ subscription, seq }) => `${subscription}: ${seq}`);
const callsTo = (method: string) => fake.calls.filter((call) => call.startsWith(method));
const current = (changes: Partial<ClaimedChannel> = {}): ClaimedChannel => ({ ...CLAIMED, ...changes });

describe('new events', () => {
  it('are read from the newest delivery of the claim on, and offered to the worker of their Zap', async () => {
    await start({ subscriptions: [subscriptionOf(FIRST), subscriptionOf(SECOND_ZAP)] });
    arrive(FIRST, 5);
    arrive(SECOND_ZAP, 5, 6);
    arrive(99, 6);
    await service.fetchNew();
    await fake.clock.settle();
    expect(attempted().sort()).toEqual([`${FIRST}: 5`, `${SECOND_ZAP}: 5`, `${SECOND_ZAP}: 6`]);
    await service.fetchNew();
    expect(callsTo('arrivals')).toEqual(['arrivals after 4', 'arrivals after 6']);
  });

  it('are read once for all requests during a read, one read at a time', async () => {
    await start();
    const held = Promise.withResolvers<undefined>();
    fake.beforeCall = () => held.promise;
    const fetches = [service.fetchNew(), service.fetchNew(), service.fetchNew()];
    await fake.clock.settle();
    expect(callsTo('arrivals')).toHaveLength(1);
    held.resolve(undefined);
    await Promise.all(fetches);
    expect(callsTo('arrivals')).toHaveLength(2);
  });

  it('are read again a second after the store has failed, and no longer after a stop', async () => {
    await start();
    const [first] = arrive(FIRST, 5);
    fake.beforeCall = (call) => {
      if (call.startsWith('arrivals')) throw Object.assign(new Error('secret'), { code: 'SQLITE_IOERR' });
    };
    void service.fetchNew();
    await fake.clock.advance(SECOND - 1);
    const message = 'Reading new deliveries from the store failed. Retrying in 1 s.';
    const line = { fields: { channel: shortNameOf(CHANNEL), error: 'SQLITE_IOERR' }, message };
    expect([fake.lines, attempted()]).toEqual([[line], []]);
    fake.beforeCall = () => undefined;
    await fake.clock.advance(1);
    expect(attempted()).toEqual([`${FIRST}: ${first?.seq}`]);
    await service.stop();
    await service.fetchNew();
    expect(callsTo('arrivals')).toHaveLength(2);
  });

  it('that fill a read are followed by another read, and each worker reads the sends that the first read may have left out', async () => {
    await start({ subscriptions: [subscriptionOf(FIRST), subscriptionOf(SECOND_ZAP)] });
    arrive(SECOND_ZAP, ...Array.from({ length: 1_001 }, (_, index) => index + 5));
    await service.fetchNew();
    await fake.clock.settle();
    expect(callsTo('arrivals')).toEqual(['arrivals after 4', 'arrivals after 1004']);
    expect(callsTo('pending')).toContain('pending after 0');
  });
});

describe('subscriptions', () => {
  it('are loaded if the claim has not read them', async () => {
    fake.subscriptions = [subscriptionOf(FIRST, { isPending: true })];
    fake.pending = newSends(3);
    await start({});
    expect([attempted(), callsTo('subscriptions')]).toEqual([[`${FIRST}: 3`], ['subscriptions']]);
    service.reconcile(current());
    await fake.clock.settle();
    expect(callsTo('subscriptions')).toHaveLength(1);
  });

  it('get a worker if they are new, lose it if they have ended, and otherwise get the requests of the operator', async () => {
    await start({ subscriptions: [subscriptionOf(FIRST), subscriptionOf(9, { nextAttemptAt: NOW + HOUR })] });
    const end = fake.holdNextAttempt();
    arrive(FIRST, 5, 6);
    await service.fetchNew();
    fake.subscriptions = [subscriptionOf(SECOND_ZAP), subscriptionOf(9, { retriedAt: NOW })];
    await service.reloadSubscriptions();
    arrive(SECOND_ZAP, 7);
    arrive(FIRST, 7);
    arrive(9, 7);
    await service.fetchNew();
    await end(FAILED_ATTEMPT);
    await fake.clock.advance(HOUR);
    expect(attempted()).toEqual([`${FIRST}: 5`, `${SECOND_ZAP}: 7`, '9: 7']);
  });

  it('that keep their worker are not attempted twice', async () => {
    await start();
    fake.holdNextAttempt();
    arrive(FIRST, 5);
    await service.fetchNew();
    fake.pending = newSends(5);
    fake.subscriptions = [subscriptionOf(FIRST, { isPending: true })];
    await service.reloadSubscriptions();
    await fake.clock.settle();
    expect(attempted()).toEqual([`${FIRST}: 5`]);
  });

  it('that are loaded while their events arrive read the events from the store', async () => {
    await start();
    fake.subscriptions = [subscriptionOf(FIRST)];
    await start({ subscriptions: [] });
    const held = Promise.withResolvers<undefined>();
    fake.beforeCall = (call) => (call === 'subscriptions' ? held.promise : undefined);
    const reload = service.reloadSubscriptions();
    arrive(FIRST, 5);
    await service.fetchNew();
    fake.pending = newSends(5);
    held.resolve(undefined);
    await reload;
    await fake.clock.settle();
    expect(attempted()).toEqual([`${FIRST}: 5`]);
    fake.subscriptions.push(subscriptionOf(SECOND_ZAP));
    const reads = callsTo('pending').length;
    await service.reloadSubscriptions();
    expect(callsTo('pending')).toHaveLength(reads);
  });

  it('are loaded one load after another, and get no worker after a stop', async () => {
    await start({ subscriptions: [] });
    const held = Promise.withResolvers<undefined>();
    fake.beforeCall = () => held.promise;
    const loads = [service.reloadSubscriptions(), service.reloadSubscriptions()];
    await fake.clock.settle();
    expect(callsTo('subscriptions')).toHaveLength(1);
    fake.subscriptions = [subscriptionOf(FIRST, { isPending: true })];
    fake.pending = newSends(3);
    await service.stop();
    held.resolve(undefined);
    await Promise.all(loads);
    await fake.clock.settle();
    expect([callsTo('subscriptions').length, attempted()]).toEqual([2, []]);
  });

  it('are loaded again by the next reconciliation after the store has failed', async () => {
    await start();
    fake.beforeCall = () => {
      throw new Error('disk');
    };
    await service.reloadSubscriptions(2);
    expect(fake.lines.map(({ message }) => message)).toEqual(['Loading subscriptions failed. Retrying in 1 s.']);
    fake.beforeCall = () => undefined;
    for (const revision of [2, 2, 3]) service.reconcile(current({ revision }));
    await fake.clock.settle();
    service.reconcile(current({ revision: 3 }));
    expect(callsTo('subscriptions')).toHaveLength(4);
  });
});

describe('a worker', () => {
  it('has its own limit on the rate, and shares the limit of the channel', async () => {
    const keys = [FIRST, SECOND_ZAP];
    await start(
      { subscriptions: keys.map((key) => subscriptionOf(key)) },
      { pacePerSubscription: 2, pacePerChannel: 4 },
    );
    for (const key of keys) arrive(key, 5);
    await service.fetchNew();
    await fake.clock.settle();
    const [[own, shared] = [], [other, sharedByOther] = []] = fake.attempts.map(({ buckets }) => buckets);
    expect([own === other, shared === sharedByOther]).toEqual([false, true]);
    const waitAfter = (bucket: typeof own, count: number) => Array.from({ length: count }, () => bucket?.take()).at(-1);
    expect([waitAfter(own, 3), waitAfter(shared, 5)]).toEqual([500, 250]);
  });

  it('names the channel, the Zap and its trigger in the log, and shortens a back-off from a later time', async () => {
    const description = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
    fake.pending = newSends(3);
    fake.respond = () => FAILED_ATTEMPT;
    await start({
      subscriptions: [subscriptionOf(FIRST, { isPending: true, description, nextAttemptAt: NOW + DAY })],
    });
    await fake.clock.advance(HOUR);
    const names = { channel: shortNameOf(CHANNEL), trigger: 'Lesson Completed', zap: '987654' };
    expect(fake.lines).toMatchObject([{ fields: { ...names, subscription: `subscription ${FIRST}` } }]);
  });
});

it('a service is idle 2 s after its last event, regardless of its reads', async () => {
  await start();
  await fake.clock.advance(2 * SECOND - 1);
  await service.fetchNew();
  expect(service.isIdle).toBe(false);
  await fake.clock.advance(1);
  expect(service.isIdle).toBe(true);
});

describe('the position of a service', () => {
  it('is the newest delivery that was read or that the store has named', async () => {
    await start();
    expect(service.position).toEqual({ newestSeq: 4, newestArrival: null });
    arrive(FIRST, 6);
    await service.fetchNew();
    const newestArrival = { seq: 6, deliveryId: 'delivery 6' };
    expect(service.position).toMatchObject({ newestSeq: 6, newestArrival });
    service.reconcile(current({ newestSeq: 9 }));
    expect(service.position).toMatchObject({ newestSeq: 9, newestArrival });
    // The service reads new deliveries, because the store has a newer delivery than the notifications have announced.
    expect(callsTo('arrivals')).toEqual(['arrivals after 4', 'arrivals after 6']);
    expect(callsTo('subscriptions')).toEqual([]);
  });
});

it('a stop waits for the attempts in flight, and returns the claim', async () => {
  await start();
  const end = fake.holdNextAttempt();
  arrive(FIRST, 5, 6);
  await service.fetchNew();
  let claim: unknown;
  void service.stop().then((id) => (claim = id));
  await fake.clock.settle();
  expect(claim).toBeUndefined();
  await end(FAILED_ATTEMPT);
  expect([claim, attempted()]).toEqual([CLAIM, [`${FIRST}: 5`]]);
});
