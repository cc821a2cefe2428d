import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { KEPT_ATTEMPTS } from '../../../store/outcomes/results.ts';
import { failureOf, LIMITS, PROCESS, reportedState, resultOf, T0 } from '../../support/store-context.ts';
import { withDeliveryIds } from '../../support/delivery-ids.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  /** Ingests deliveries that two subscriptions select, and claims the channel. */
  async function ingestAndHold(count: number) {
    const subscription = await context.subscribe();
    const other = await context.subscribe('https://x/2');
    await store.ingest(Array.from({ length: count }, () => delivery('A')));
    const held = await context.hold();
    return { subscription, other, held, seqs: await context.seqs() };
  }

  describe('results', () => {
    it('let a pass look for problems only after a failure, a recovery or a dead letter', async () => {
      const { subscription, held, seqs } = await context.ingestAndHold(3);
      const isLookDue = async () => (await store.channelsToCheck(T0, HOUR)).length > 0;
      expect(await isLookDue()).toBe(true);
      await context.pass(subscription, held, seqs[0]);
      expect(await isLookDue()).toBe(false);
      await context.save(held, [], [reportedState(subscription, { failures: 1, failingSince: T0 })]);
      expect(await isLookDue()).toBe(true);
      await context.save(held, [], [reportedState(subscription)]);
      expect([await isLookDue(), await isLookDue()]).toEqual([true, false]);
      await context.bury(subscription, held, seqs[1] ?? 0);
      expect(await isLookDue()).toBe(true);
    });

    it('settle the sends of one subscription, and leave those of others', async () => {
      const { subscription, other, held, seqs } = await ingestAndHold(3);
      const [first = 0, second = 0, third = 0] = seqs;
      await context.save(held, [
        resultOf(subscription, first),
        resultOf(subscription, second, { state: 'dead', failure: 'HTTP 400' }),
        failureOf(subscription, third),
      ]);
      expect(await store.pending(subscription.key, 0, 9)).toMatchObject([{ seq: third }]);
      expect(await store.pending(other.key, 0, 9)).toHaveLength(3);
      const [newest, ...older] = await store.events(CHANNEL, {}, { after: 0, upTo: third }, 9);
      const sent = { subscriptionId: subscription.id, isSentAgain: false };
      const waiting = { subscriptionId: other.id, isSentAgain: false, state: 'pending', failure: null };
      expect(newest?.sends).toEqual([{ ...sent, state: 'pending', failure: 'HTTP 500' }, waiting]);
      expect(older.map(({ sends }) => sends)).toEqual([
        [{ ...sent, state: 'dead', failure: 'HTTP 400' }, waiting],
        [{ ...sent, state: 'delivered', failure: null }, waiting],
      ]);
    });

    it('are saved with the state of the subscription', async () => {
      const { subscription, held } = await ingestAndHold(0);
      const state = {
        failures: 3,
        failingSince: T0 + 1,
        suspectSince: T0 + 2,
        lastFailure: 'HTTP 500',
        refusedTries: 1,
        refusedEvents: 2,
        redriveFailures: 4,
        outageFrom: 6,
        lastSuccessAt: T0,
      };
      const times = { nextAttemptAt: T0 + 5.4, nextRedriveAt: T0 + 6.4 };
      await context.save(held, [], [reportedState(subscription, { ...state, ...times })]);
      const saved = { ...state, nextAttemptAt: T0 + 5, nextRedriveAt: T0 + 6 };
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject(saved);
    });

    it('can be saved twice, because a process repeats a call whose response was lost', async () => {
      const { subscription, other, held, seqs } = await ingestAndHold(2);
      const [first = 0, second = 0] = seqs;
      const results = [
        resultOf(subscription, first, { isRecorded: true }),
        failureOf(subscription, second),
        resultOf(other, first, { state: 'dead', failure: 'HTTP 400', isRecorded: true }),
      ];
      const state = async () => [
        await store.channelState(CHANNEL, T0),
        await store.attemptsOf(CHANNEL, first),
        await store.attemptsOf(CHANNEL, second),
        await store.events(CHANNEL, {}, { after: 0, upTo: second }, 9),
      ];
      await context.save(held, results, [reportedState(subscription, { failures: 1 })]);
      const once = await state();
      await context.save(held, results, [reportedState(subscription, { failures: 1 })]);
      expect(await state()).toEqual(once);
      // Saving the same results again does not make room a second time either.
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(10_000) })])).toEqual(['full']);
    });

    it('count an event that is given up once for notices, even if it is redriven and refused again', async () => {
      const { subscription, held, seqs } = await ingestAndHold(2);
      const [refused = 0, setAside = 0] = seqs;
      const untold = async () => (await store.channelState(CHANNEL, T0))?.subscriptions[0]?.untoldDead;
      await context.bury(subscription, held, refused);
      expect(await untold()).toBe(1);
      await store.redrive(CHANNEL, subscription.id);
      await context.bury(subscription, held, refused);
      expect(await store.redriven(subscription.key, 9)).toEqual([]);
      expect(await untold()).toBe(1);
      await context.save(held, [failureOf(subscription, setAside, { state: 'set_aside' })]);
      await context.bury(subscription, held, setAside);
      expect(await untold()).toBe(2);
    });

    it('of several channels are saved except where the claim is lost', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const one = await context.subscribe();
      const two = await context.subscribe('https://x/1', { actions: ['A'] }, OTHER_CHANNEL);
      await store.ingest([delivery('A'), delivery('A', { channel: OTHER_CHANNEL })]);
      const claims = await context.claim();
      const results = await Promise.all(
        claims.map(async ({ key, claim, channel, newestSeq }) => ({
          channel: key,
          claim: channel === CHANNEL ? claim : claim - 1,
          sends: await withDeliveryIds(store, key, [resultOf(channel === CHANNEL ? one : two, newestSeq)]),
          states: [],
        })),
      );
      const lost = claims.filter(({ channel }) => channel === OTHER_CHANNEL);
      expect(await store.saveResults(PROCESS, results)).toEqual(
        lost.map(({ key, claim }) => ({ channel: key, claim: claim - 1 })),
      );
      expect(await store.pending(one.key, 0, 9)).toEqual([]);
      expect(await store.pending(two.key, 0, 9)).toHaveLength(1);
      expect(await store.saveResults(PROCESS, [])).toEqual([]);
    });
  });

  describe('attempts in the console', () => {
    it('are recorded if the caller asks for it', async () => {
      const { subscription, other, held, seqs } = await ingestAndHold(3);
      const [first = 0, second = 0, again = 0] = seqs;
      const response = Buffer.from([0, 255]);
      await context.save(held, [
        resultOf(subscription, second),
        failureOf(subscription, first, { durationMs: 12.4, response }),
        failureOf(other, first, { failure: 'ECONNREFUSED', endedAt: T0 + 2 }),
        resultOf(subscription, again, { isRecorded: true, isSentAgain: true }),
        failureOf(other, again, { response }),
      ]);
      await context.save(held, [resultOf(subscription, first, { endedAt: T0 + 1, durationMs: 7, isRecorded: true })]);
      expect(await store.attemptsOf(CHANNEL, second)).toEqual([]);
      const attempt = { subscriptionId: subscription.id, isSentAgain: false, response: null };
      expect(await store.attemptsOf(CHANNEL, first)).toEqual([
        { ...attempt, number: 1, endedAt: T0, failure: 'HTTP 500', response, durationMs: 12 },
        { ...attempt, number: 2, endedAt: T0 + 1, failure: null, durationMs: 7 },
        {
          ...attempt,
          subscriptionId: other.id,
          number: 1,
          endedAt: T0 + 2,
          failure: 'ECONNREFUSED',
          durationMs: 12,
        },
      ]);
      expect(await store.attemptsOf(CHANNEL, again)).toMatchObject([
        { number: 1, isSentAgain: true, failure: null, response: null },
        { number: 1, failure: 'HTTP 500', response },
      ]);
      expect(await store.attemptsOf(OTHER_CHANNEL, first)).toEqual([]);
    });

    it('are limited for each send, which keeps the newest', async () => {
      const { subscription, held, seqs } = await ingestAndHold(1);
      const [seq = 0] = seqs;
      for (let index = 0; index < KEPT_ATTEMPTS + 2; index++) {
        await context.save(held, [failureOf(subscription, seq, { endedAt: T0 + index })]);
      }
      const kept = await store.attemptsOf(CHANNEL, seq);
      expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: KEPT_ATTEMPTS }, (_, index) => index + 3));
    });
  });
});
