import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { DEAD_AFTER_MS, HEARTBEAT_MS, MAX_HEARTBEAT_AHEAD_MS } from '../../../store/outcomes/claims.ts';
import {
  failureOf,
  LIMITS,
  OTHER_PROCESS,
  PROCESS,
  reportedState,
  resultOf,
  sleep,
  T0,
} from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('claims', () => {
    it('give a channel with a new delivery to one process', async () => {
      expect(await context.claim()).toEqual([]);
      const { subscription, seq, held } = await context.ingestAndHold();
      expect(held).toMatchObject({ channel: CHANNEL, newestSeq: seq });
      expect(await store.subscriptions(CHANNEL)).toMatchObject([
        { id: subscription.id, isPending: true, isRedriving: false },
      ]);
      expect(await context.claim()).toEqual([]);
      expect(await context.claim(OTHER_PROCESS)).toEqual([]);
      await store.ingest([delivery('A')]);
      expect(await context.claim(OTHER_PROCESS)).toEqual([]);
    });

    it('are available as soon as a delivery is stored that a subscription selects, regardless of its time of arrival', async () => {
      await context.subscribe();
      await context.giveBack(await context.hold());
      await store.ingest([delivery('', { actions: [] }), delivery('B')]);
      expect(await context.claim()).toEqual([]);
      await store.ingest([delivery('A', { receivedAt: Date.now() + HOUR })]);
      expect(await context.claim()).toHaveLength(1);
    });

    it('follow the clock of the store, which returns whole milliseconds', async () => {
      const before = Date.now();
      const time = await store.now();
      expect(Number.isInteger(time)).toBe(true);
      expect(time).toBeGreaterThan(before - 1_000);
      expect(time).toBeLessThan(Date.now() + 1_000);
    });

    it('are limited to the requested number', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      for (const channel of [CHANNEL, OTHER_CHANNEL]) await context.subscribe('https://x/1', undefined, channel);
      expect(await context.claim(PROCESS, 1)).toHaveLength(1);
      expect(await context.dueInMs()).toBe(0);
      expect(await context.claim(PROCESS, 1)).toHaveLength(1);
      expect(await context.claim(PROCESS, 1)).toHaveLength(0);
      expect(await context.dueInMs()).toBe(Infinity);
    });

    it('are known to the store, so that a process that missed a response finds them', async () => {
      const { held } = await context.ingestAndHold();
      const { channel, key, claim, newestSeq, revision } = held;
      expect(await store.claimed(PROCESS)).toMatchObject([{ channel, key, claim, newestSeq, revision }]);
      expect(await store.claimed(OTHER_PROCESS)).toEqual([]);
      await context.subscribe('https://x/2');
      expect(await store.claimed(PROCESS)).toMatchObject([{ channel, claim, revision: revision + 1 }]);
    });

    it('are lost 5 s after the last heartbeat, after which their former holder writes nothing', async () => {
      const { subscription, seq, held: former } = await context.ingestAndHold();
      await context.age(HEARTBEAT_MS);
      // A heartbeat that is too old is not renewed, even though the process has not lost its claim yet.
      expect(await store.heartbeat(PROCESS, 0)).toBe('too old');
      expect(await context.claim(OTHER_PROCESS)).toEqual([]);
      await context.age(DEAD_AFTER_MS - HEARTBEAT_MS);
      const [held = former] = await context.claim(OTHER_PROCESS);
      expect(held.claim).toBeGreaterThan(former.claim);

      const late = [resultOf(subscription, seq, { state: 'dead', failure: 'HTTP 500', isRecorded: true })];
      expect(await context.save(former, late, [reportedState(subscription, { failures: 7 })])).toEqual([
        { channel: former.key, claim: former.claim },
      ]);
      expect(await context.save(former, late, [], OTHER_PROCESS)).toEqual([
        { channel: former.key, claim: former.claim },
      ]);
      await context.giveBack(former);
      await context.giveBack(former, OTHER_PROCESS);
      expect(await store.pending(subscription.key, 0, 9)).toMatchObject([{ seq }]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 0 });
      expect(await store.attemptsOf(CHANNEL, seq)).toEqual([]);
      expect(await store.totals()).toMatchObject({ deadLetters: 0 });
      expect(await store.claimed(OTHER_PROCESS)).toHaveLength(1);
      expect(await store.claimed(PROCESS)).toEqual([]);
      expect(await context.save(held, late, [], OTHER_PROCESS)).toEqual([]);
    });

    it('are lost if the last heartbeat is more than 10 s in the future, because the clock was set back', async () => {
      await context.ingestAndHold();
      await context.age(-MAX_HEARTBEAT_AHEAD_MS + 5_000);
      expect(await context.claim(OTHER_PROCESS)).toEqual([]);
      await context.age(-10_000);
      expect(await context.dueInMs(OTHER_PROCESS)).toBe(0);
      expect(await context.claim(OTHER_PROCESS)).toHaveLength(1);
      // A living process renews its heartbeat within a second, and then finds that it has lost the claim.
      expect(await store.heartbeat(PROCESS, 0)).toEqual(expect.any(Number));
      expect(await store.claimed(PROCESS)).toEqual([]);
    });

    it('are dropped by a process whose newest heartbeat the database lacks, because it has stepped back', async () => {
      await context.beat();
      const newest = Number(await store.heartbeat(PROCESS, 0));
      expect(await store.heartbeat(PROCESS, newest)).toBeGreaterThanOrEqual(newest);
      await context.age(500);
      expect(await store.heartbeat(PROCESS, newest + 1)).toBe('stepped back');
      await context.query('DELETE FROM processes');
      expect(await store.heartbeat(PROCESS, newest)).toBe('stepped back');
      expect(await store.heartbeat(PROCESS, newest - 100_000)).toBe('too old');
    });

    it('last as long as their process renews its heartbeat', async () => {
      await context.ingestAndHold();
      await context.age(HEARTBEAT_MS - 1_000);
      expect(await store.heartbeat(PROCESS, 0)).toBeGreaterThan(0);
      await context.age(DEAD_AFTER_MS - 1_000);
      expect(await context.claim(OTHER_PROCESS)).toEqual([]);
    });

    it('are possible at once, at the time of the next attempt, or when the claimant of a channel dies', async () => {
      expect(await context.dueInMs()).toBe(Infinity);
      const { subscription, seq, held } = await context.ingestAndHold();
      expect(await context.dueInMs()).toBe(Infinity);
      const whileClaimed = await context.dueInMs(OTHER_PROCESS);
      expect(whileClaimed).toBeGreaterThan(0);
      expect(whileClaimed).toBeLessThanOrEqual(1000);
      const nextAttemptAt = (await store.now()) + 60_000;
      await context.save(held, [failureOf(subscription, seq)], [reportedState(subscription, { nextAttemptAt })]);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      for (const process of [PROCESS, OTHER_PROCESS]) {
        const dueInMs = await context.dueInMs(process);
        expect(dueInMs).toBeGreaterThan(50_000);
        expect(dueInMs).toBeLessThanOrEqual(60_000);
      }
      await store.ingest([delivery('A')]);
      expect(await context.dueInMs()).toBe(0);
    });
  });

  describe('claims that are given back', () => {
    it('make their channel due at the time of the next redelivery', async () => {
      const { subscription, seq, held } = await context.ingestAndHold();
      await context.bury(subscription, held, seq);
      await store.redrive(CHANNEL, subscription.id);
      const nextRedriveAt = (await store.now()) + 60_000;
      await context.save(held, [], [reportedState(subscription, { nextRedriveAt, nextAttemptAt: 0 })]);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      expect(await context.dueInMs()).toBeGreaterThan(50_000);
    });

    it('make their channel due at once if deliveries have arrived since the last attempt', async () => {
      const { subscription, held } = await context.ingestAndHold();
      await context.pass(subscription, held);
      await store.ingest([delivery('A')]);
      await context.giveBack(held);
      expect(await context.claim()).toHaveLength(1);
    });

    it('lose no delivery that arrives at the same time', async () => {
      const subscription = await context.subscribe();
      for (let round = 0; round < 40; round++) {
        const held = await context.hold();
        await context.pass(subscription, held);
        await Promise.all([
          store.ingest([delivery('A')]),
          sleep(round % 4).then(() => context.giveBack(held)),
          store.ingest([delivery('A')]),
        ]);
        expect(await store.pending(subscription.key, 0, 9)).not.toEqual([]);
      }
    });

    it('do not make their channel due for paused subscriptions', async () => {
      const { subscription, held } = await context.ingestAndHold();
      await store.pause({ channel: CHANNEL, id: subscription.id }, T0);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      await store.ingest([delivery('A')]);
      await context.giveBack(await context.hold());
      expect(await context.claim()).toEqual([]);
    });
  });

  describe('notifications', () => {
    it('are sent for deliveries that subscriptions select, and for changes to subscriptions', async () => {
      const heard: string[] = [];
      store.listen((channel, what) => heard.push(`${what} ${channel === CHANNEL}`));
      const subscription = await context.subscribe();
      expect(heard.splice(0)).toEqual(['subscriptions true']);
      await store.ingest([delivery('A'), delivery('A')]);
      expect(heard.splice(0)).toEqual(['deliveries true']);
      await store.ingest([delivery('', { actions: [] }), delivery('B')]);
      expect(heard).toEqual([]);
      await store.unsubscribe(CHANNEL, subscription.id, T0);
      expect(heard.splice(0)).toContain('subscriptions true');
      await store.deleteChannel(CHANNEL);
      expect(heard.splice(0)).toEqual(['subscriptions true']);
    });
  });
});
