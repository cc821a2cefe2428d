import { describe, expect, it } from '@jest/globals';

import {
  KEPT_ATTEMPTS,
  SENT_AGAIN,
  type Attempt,
  type ListRange,
  type NotableKind,
} from '../../store/console-store.ts';
import { MAX_ACTION_LISTS, RETAIN_BATCH } from '../../store/store.ts';
import type { Subscription } from '../../store/subscription.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, LIMITS, progressOf, releaseOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery, type DeliveryChanges } from '../new-delivery.ts';

const EVERYTHING = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

export function consoleContract(context: StoreContext): void {
  /** Stores a delivery with content. Returns its sequence number. */
  async function store(action: string, changes: DeliveryChanges = {}): Promise<number> {
    const { channel = CHANNEL } = changes;
    expect(await context.store.ingest([delivery(action, changes)])).toEqual(['stored']);
    const [newest] = await context.store.eventsIn(channel, [{ listId: null, ...EVERYTHING }], 1);
    if (!newest) throw new Error('The delivery is not stored.');
    return newest.seq;
  }

  const attemptOf = ({ id }: Subscription, seq: number, changes: Partial<Attempt> = {}): Attempt => ({
    subscriptionId: id,
    seq,
    endedAt: T0,
    failure: 'HTTP 500',
    durationMs: 12,
    isSentAgain: false,
    ...changes,
  });

  /** Moves the cursor of a subscription, and buries deliveries for it. Returns the lease, which is still held. */
  async function pass(subscription: Subscription, cursor: number, dead: readonly number[] = []) {
    const lease = await context.hold();
    const letters = dead.map((seq) => letterOf(subscription, seq));
    await context.store.bury(letters, progressOf(subscription, lease, { cursor }));
    return lease;
  }

  const seqsOf = (events: readonly { readonly seq: number }[]): number[] => events.map(({ seq }) => seq);

  describe('attempts in the console', () => {
    it('are recorded if they failed, if another attempt to deliver the delivery was recorded, or if it was sent again', async () => {
      const subscription = await context.subscribe();
      const [failed, succeeded, again] = [await store('A'), await store('A'), await store('A')];
      await context.store.recordAttempts([
        attemptOf(subscription, succeeded, { failure: null }),
        attemptOf(subscription, failed),
        attemptOf(subscription, failed, { endedAt: T0 + 1, failure: null, durationMs: 7 }),
        attemptOf(subscription, again, { failure: null, isSentAgain: true }),
      ]);
      expect(await context.store.attemptsOf(CHANNEL, succeeded)).toEqual([]);
      expect(await context.store.attemptsOf(CHANNEL, failed)).toEqual([
        { ...attemptOf(subscription, failed), number: 1 },
        { ...attemptOf(subscription, failed, { endedAt: T0 + 1, failure: null, durationMs: 7 }), number: 2 },
      ]);
      expect(await context.store.attemptsOf(CHANNEL, again)).toMatchObject([{ number: 1, isSentAgain: true }]);
      expect(await context.store.attemptsOf(OTHER_CHANNEL, failed)).toEqual([]);
    });

    it('are recorded once, and only the newest attempts of a delivery are kept', async () => {
      const subscription = await context.subscribe();
      const seq = await store('A');
      const attempts = Array.from({ length: KEPT_ATTEMPTS + 2 }, (_, index) =>
        attemptOf(subscription, seq, { endedAt: T0 + index }),
      );
      await context.store.recordAttempts(attempts);
      await context.store.recordAttempts(attempts.slice(-1));
      const kept = await context.store.attemptsOf(CHANNEL, seq);
      expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: KEPT_ATTEMPTS }, (_, index) => index + 3));
    });

    it('are forgotten with the subscription, and ignored after it has ended', async () => {
      const [subscription, other] = [await context.subscribe(), await context.subscribe('https://x/2')];
      const seq = await store('A');
      await context.store.recordAttempts([attemptOf(subscription, seq), attemptOf(other, seq)]);
      await context.store.unsubscribe(CHANNEL, subscription.id);
      await context.store.recordAttempts([attemptOf(subscription, seq), attemptOf(other, seq + 1)]);
      expect(await context.store.attemptsOf(CHANNEL, seq)).toMatchObject([{ subscriptionId: other.id }]);
      expect(await context.store.attemptsOf(CHANNEL, seq + 1)).toEqual([]);
    });

    it('are forgotten with the content of their delivery', async () => {
      const subscription = await context.subscribe();
      const [seq, kept] = [await store('A'), await store('A')];
      await context.store.recordAttempts([attemptOf(subscription, seq), attemptOf(subscription, kept)]);
      await pass(subscription, seq);
      await context.store.retain(RETENTION, T0);
      await context.store.retain(RETENTION, T0 + 4 * DAY);
      expect(await context.store.attemptsOf(CHANNEL, seq)).toEqual([]);
      expect(await context.store.attemptsOf(CHANNEL, kept)).toHaveLength(1);
      expect(seqsOf(await context.store.notableEvents(CHANNEL, 'attempted', null, EVERYTHING, 9))).toEqual([kept]);
    });
  });

  describe('deliveries that are kept only for memory', () => {
    it('are neither shown in the console nor sent again, and their attempts are forgotten', async () => {
      const retention = { ...RETENTION, memoryMs: 90 * DAY };
      await context.open({ memoryMs: retention.memoryMs });
      const subscription = await context.subscribe();
      const receivedAt = T0 - HOUR;
      const [remembered, dead] = [await store('A', { receivedAt }), await store('A', { receivedAt, subjectId: '5' })];
      await context.store.recordAttempts([attemptOf(subscription, remembered), attemptOf(subscription, dead)]);
      await pass(subscription, dead, [dead]);
      await context.store.retain(retention, T0);
      await context.store.retain(retention, T0 + 4 * DAY);
      expect(await context.store.totals()).toMatchObject({ rememberedDeliveries: 1 });
      expect((await context.store.eventIndex(CHANNEL))?.expiredUpTo).toBeGreaterThanOrEqual(remembered);
      expect(await context.store.attemptsOf(CHANNEL, remembered)).toEqual([]);
      expect(await context.store.attemptsOf(CHANNEL, dead)).toHaveLength(1);
      const repetitions = [remembered, dead].map((seq) => ({ subscriptionId: subscription.id, seq }));
      expect(await context.store.sendAgain(CHANNEL, repetitions, 9, T0 + 4 * DAY)).toEqual({ marked: 1, waiting: 0 });
      expect(await context.store.redriven(subscription.id, 9)).toMatchObject([{ seq: dead }]);
    });
  });

  describe('events in the console', () => {
    it('are found by action list and range, newest first', async () => {
      const [one, two, three] = [await store('A'), await store('B'), await store('A')];
      await context.store.ingest([delivery('A', { actions: [] })]);
      const index = await context.store.eventIndex(CHANNEL);
      expect(index?.lists.map(({ actions }) => actions?.join() ?? '').sort()).toEqual(['A', 'B']);
      expect(index?.hours).toMatchObject([{ hour: Math.floor(1_000_000 / HOUR) }]);
      expect(index?.hours[0]?.lastSeq).toBeGreaterThan(three);
      const ofA = index?.lists.find(({ actions }) => actions?.[0] === 'A')?.id ?? null;

      const all = { listId: null, ...EVERYTHING };
      const found = await context.store.eventsIn(CHANNEL, [all], 10);
      expect(found).toEqual([
        { seq: three, receivedAt: 1_000_000, actions: ['A'] },
        { seq: two, receivedAt: 1_000_000, actions: ['B'] },
        { seq: one, receivedAt: 1_000_000, actions: ['A'] },
      ]);
      expect(seqsOf(await context.store.eventsIn(CHANNEL, [all, { listId: ofA, ...EVERYTHING }], 2))).toEqual([
        three,
        two,
      ]);
      expect(seqsOf(await context.store.eventsIn(CHANNEL, [{ listId: ofA, after: one, upTo: three }], 9))).toEqual([
        three,
      ]);
      expect(seqsOf(await context.store.eventsIn(CHANNEL, [{ listId: ofA, after: 0, upTo: three - 1 }], 9))).toEqual([
        one,
      ]);
      expect(await context.store.eventsIn(CHANNEL, [], 9)).toEqual([]);
    });

    it('are also found oldest first', async () => {
      const subscription = await context.subscribe();
      const seqs = [await store('A'), await store('B'), await store('A')];
      const [one = 0, two = 0, three = 0] = seqs;
      const ofA =
        (await context.store.eventIndex(CHANNEL))?.lists.find(({ actions }) => actions?.[0] === 'A')?.id ?? null;
      const first = async (ranges: readonly ListRange[], limit: number) =>
        seqsOf(await context.store.eventsIn(CHANNEL, ranges, limit, 'oldest first'));
      expect(await first([{ listId: null, ...EVERYTHING }], 2)).toEqual([one, two]);
      expect(
        await first(
          [
            { listId: ofA, after: one, upTo: three },
            { listId: null, after: one, upTo: two },
          ],
          9,
        ),
      ).toEqual([two, three]);
      await pass(subscription, three, [one, two, three]);
      await context.store.redrive(CHANNEL, subscription.id, two);
      await context.store.recordAttempts(seqs.map((seq) => attemptOf(subscription, seq)));
      const notable = async (kind: NotableKind, limit: number) =>
        seqsOf(await context.store.notableEvents(CHANNEL, kind, null, EVERYTHING, limit, 'oldest first'));
      expect(await notable('dead', 9)).toEqual([one]);
      expect(await notable('redriven', 9)).toEqual([two, three]);
      expect(await notable('redriven', 1)).toEqual([two]);
      expect(await notable('attempted', 2)).toEqual([one, two]);
    });

    it('never include events of another channel', async () => {
      await context.store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      const seq = await store('A');
      await pass(subscription, seq, [seq]);
      await context.store.recordAttempts([attemptOf(subscription, seq)]);
      const index = await context.store.eventIndex(CHANNEL);
      const ranges = [null, ...(index?.lists.map(({ id }) => id) ?? [])].map((listId) => ({ listId, ...EVERYTHING }));
      const other = context.store;
      expect(await other.eventsIn(OTHER_CHANNEL, ranges, 9)).toEqual([]);
      for (const kind of ['dead', 'attempted'] as const) {
        expect(await other.notableEvents(CHANNEL, kind, subscription.id, EVERYTHING, 9)).toHaveLength(1);
        expect(await other.notableEvents(OTHER_CHANNEL, kind, subscription.id, EVERYTHING, 9)).toEqual([]);
      }
      expect(await other.eventFacts(OTHER_CHANNEL, [seq])).toEqual({ letters: [], attempts: [] });
      expect(await other.countEvents(OTHER_CHANNEL, [EVERYTHING], 0)).toEqual([]);
      expect(await other.listedDeliveries(OTHER_CHANNEL, [seq], 9999)).toEqual([]);
      expect(await other.attemptsOf(OTHER_CHANNEL, seq)).toEqual([]);
      const repetition = { subscriptionId: subscription.id, seq };
      expect(await other.sendAgain(OTHER_CHANNEL, [repetition], 9, T0)).toEqual({ marked: 0, waiting: 0 });

      await context.store.deleteChannel(OTHER_CHANNEL);
      expect(await other.eventIndex(OTHER_CHANNEL)).toBeNull();
      expect(await other.eventsIn(OTHER_CHANNEL, ranges, 9)).toEqual([]);
      expect(await other.listedDeliveries(OTHER_CHANNEL, [seq], 9999)).toEqual([]);
      expect(await other.sendAgain(OTHER_CHANNEL, [repetition], 9, T0)).toEqual({ marked: 0, waiting: 0 });
    });

    it('are returned with their contents, except for large contents', async () => {
      const small = delivery('A');
      await context.store.ingest([small]);
      const [seq = 0] = seqsOf(await context.store.eventsIn(CHANNEL, [{ listId: null, ...EVERYTHING }], 1));
      const large = await store('B', { body: Buffer.alloc(3000, 'x') });
      const [first, second, ...others] = await context.store.listedDeliveries(CHANNEL, [seq, large, large + 1], 2000);
      expect(first).toMatchObject({ seq: large, actions: ['B'], sealed: null });
      const { id, channel, receivedAt, actions, model, subjectId, eventTime, content } = small;
      expect(second).toEqual({
        ...{ seq, id, channel, receivedAt, actions, model, subjectId, eventTime },
        keyId: content?.keyId,
        wrappedKey: content?.wrappedKey,
        sealed: content?.sealed,
      });
      expect(others).toEqual([]);
    });

    it('are known to be dead, redriven or attempted', async () => {
      const [subscription, other] = [await context.subscribe(), await context.subscribe('https://x/2')];
      const seqs = [await store('A'), await store('A'), await store('A')];
      const [one = 0, two = 0, three = 0] = seqs;
      const lease = await pass(subscription, three, [one, two]);
      await context.store.redrive(CHANNEL, subscription.id, two);
      await context.store.recordAttempts([
        attemptOf(subscription, one),
        attemptOf(subscription, three, { isSentAgain: true }),
        attemptOf(subscription, three, { endedAt: T0 + 1, failure: null }),
        attemptOf(other, one, { failure: 'ECONNREFUSED' }),
      ]);
      const found = async (kind: 'dead' | 'redriven' | 'attempted', id: string | null, range = EVERYTHING) =>
        seqsOf(await context.store.notableEvents(CHANNEL, kind, id, range, 9));
      expect(await found('dead', null)).toEqual([one]);
      expect(await found('redriven', null)).toEqual([two]);
      expect(await found('attempted', null)).toEqual([three, one]);
      expect(await found('attempted', other.id)).toEqual([one]);
      expect(await found('attempted', null, { after: one, upTo: two })).toEqual([]);
      expect(await found('dead', null, { after: 0, upTo: one })).toEqual([one]);
      expect(await context.store.notableEvents(CHANNEL, 'attempted', null, EVERYTHING, 1)).toHaveLength(1);

      const { letters, attempts } = await context.store.eventFacts(CHANNEL, seqs);
      const letter = { subscriptionId: subscription.id, reason: 'HTTP 500', isSentAgain: false };
      expect(letters).toHaveLength(2);
      expect(letters).toContainEqual({ ...letter, seq: one, isRedriven: false, redrivenAt: null });
      const redrivenAt: unknown = expect.any(Number);
      expect(letters).toContainEqual({ ...letter, seq: two, isRedriven: true, redrivenAt });
      expect(Math.abs((letters.find(({ seq }) => seq === two)?.redrivenAt ?? 0) - Date.now())).toBeLessThan(HOUR);
      const summary = { subscriptionId: subscription.id, lastEndedAt: T0, isSentAgain: false };
      expect(attempts).toHaveLength(3);
      expect(attempts).toContainEqual({ ...summary, seq: one, lastFailure: 'HTTP 500' });
      expect(attempts).toContainEqual({
        ...summary,
        seq: three,
        lastFailure: null,
        lastEndedAt: T0 + 1,
        isSentAgain: true,
      });
      expect(attempts).toContainEqual({ ...summary, subscriptionId: other.id, seq: one, lastFailure: 'ECONNREFUSED' });
      await context.store.release([releaseOf(lease)]);
    });

    it('are counted by actions, hour and range', async () => {
      const [subscription, other] = [await context.subscribe(), await context.subscribe('https://x/2')];
      await store('A', { receivedAt: 3 * HOUR });
      const one = await store('A', { receivedAt: 5 * HOUR });
      await store('B', { receivedAt: 5 * HOUR + 1 });
      const three = await store('A', { receivedAt: 5 * HOUR + 2 });
      const four = await store('A', { receivedAt: 6 * HOUR });
      const lease = await pass(subscription, four, [one, three, four]);
      await context.store.bury(
        [letterOf(other, one), letterOf(other, four)],
        progressOf(other, lease, { cursor: four }),
      );
      await context.store.redrive(CHANNEL, other.id, four);
      const ranges = [
        { after: 0, upTo: one },
        { after: one, upTo: Number.MAX_SAFE_INTEGER },
      ];
      const none = { failed: 0, dead: 0, redriven: 0, acceptedLater: 0 };
      const counts = await context.store.countEvents(CHANNEL, ranges, 5);
      expect(counts).toHaveLength(4);
      expect(counts).toContainEqual({ ...none, actions: ['A'], hour: 5, range: 0, count: 1, dead: 1 });
      expect(counts).toContainEqual({ ...none, actions: ['A'], hour: 5, range: 1, count: 1, dead: 1 });
      expect(counts).toContainEqual({ ...none, actions: ['B'], hour: 5, range: 1, count: 1 });
      expect(counts).toContainEqual({ ...none, actions: ['A'], hour: 6, range: 1, count: 1, dead: 1 });
    });

    it('are counted by the state of their dead letters, with one state per event', async () => {
      const before = await store('A');
      const [subscription, other] = [await context.subscribe(), await context.subscribe('https://x/2')];
      const seqs = [await store('A'), await store('A'), await store('A'), await store('A')];
      const [dead = 0, waiting = 0, failed = 0, ended = 0] = seqs;
      const lease = await pass(subscription, ended, seqs);
      await context.store.bury([letterOf(other, ended)], progressOf(other, lease, { cursor: ended }));
      await context.store.recordAttempts(seqs.map((seq) => attemptOf(subscription, seq)));
      const again = [before, waiting, failed, ended].map((seq) => ({ subscriptionId: subscription.id, seq }));
      expect(await context.store.sendAgain(CHANNEL, again, 9, T0 + 1)).toEqual({ marked: 4, waiting: 0 });
      await context.store.recordAttempts([
        attemptOf(subscription, failed, { endedAt: T0 + 2, isSentAgain: true }),
        attemptOf(subscription, before, { endedAt: T0 + 2, failure: null, isSentAgain: true }),
      ]);
      await context.store.settleRedriven(lease.leaseId, subscription.id, before, true);
      await context.store.unsubscribe(CHANNEL, other.id);
      expect(await context.store.countEvents(CHANNEL, [EVERYTHING], 0)).toMatchObject([
        { count: 5, failed: 1, dead: 1, redriven: 2, acceptedLater: 1 },
      ]);
      expect(seqsOf(await context.store.notableEvents(CHANNEL, 'dead', null, EVERYTHING, 9))).toEqual([dead]);
    });

    it('are counted by their own actions if these have no list', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      const lists = Array.from({ length: MAX_ACTION_LISTS }, (_, index) => delivery(`A${index}`));
      const subscription = await context.subscribe('https://x/1', { all_except: [] });
      await context.store.ingest(lists);
      await context.store.ingest([delivery('X'), delivery('Y'), delivery('?', { actions: null })]);
      const counts = await context.store.countEvents(CHANNEL, [EVERYTHING], 0);
      const ofUnlisted = counts.filter(({ actions }) => !actions?.[0]?.startsWith('A'));
      expect(ofUnlisted.map(({ actions, count }) => [actions, count])).toEqual(
        expect.arrayContaining([
          [['X'], 1],
          [['Y'], 1],
          [null, 1],
        ]),
      );
      expect(ofUnlisted).toHaveLength(3);
      expect(await context.store.unsubscribe(CHANNEL, subscription.id)).toBe(true);
    });
  });

  describe('sending again from the console', () => {
    it('turns a delivered delivery into a dead letter that is deleted when it arrives', async () => {
      const subscription = await context.subscribe();
      const seq = await store('A');
      const lease = await pass(subscription, seq);
      await context.store.release([releaseOf(lease)]);
      const repetition = { subscriptionId: subscription.id, seq };
      expect(await context.store.sendAgain(CHANNEL, [repetition], 9, T0)).toEqual({ marked: 1, waiting: 0 });
      expect(await context.store.sendAgain(CHANNEL, [repetition], 9, T0)).toEqual({ marked: 0, waiting: 1 });

      const held = await context.hold();
      expect(held.revision).toBeGreaterThan(lease.revision);
      expect(held.subscriptions).toMatchObject([{ isRedriving: true }]);
      expect(await context.store.redriven(subscription.id, 9)).toMatchObject([{ seq, isSentAgain: true }]);
      expect(await context.store.eventFacts(CHANNEL, [seq])).toMatchObject({
        letters: [{ reason: SENT_AGAIN, isRedriven: true, isSentAgain: true }],
      });
      await context.store.settleRedriven(held.leaseId, subscription.id, seq, true);
      expect(await context.store.eventFacts(CHANNEL, [seq])).toEqual({ letters: [], attempts: [] });
    });

    it('keeps a refused delivery as a dead letter, with the reason', async () => {
      const subscription = await context.subscribe();
      const seq = await store('A');
      const lease = await pass(subscription, seq);
      await context.store.sendAgain(CHANNEL, [{ subscriptionId: subscription.id, seq }], 9, T0);
      await context.store.settleRedriven(lease.leaseId, subscription.id, seq, false, 'HTTP 422');
      expect((await context.store.eventFacts(CHANNEL, [seq])).letters).toMatchObject([
        { reason: 'HTTP 422', isRedriven: false, isSentAgain: false },
      ]);
      expect(await context.store.redriven(subscription.id, 9)).toEqual([]);
    });

    it('marks dead letters, and counts deliveries that are already waiting', async () => {
      const subscription = await context.subscribe();
      const [dead, redriven, waiting] = [await store('A'), await store('A'), await store('A')];
      const lease = await pass(subscription, redriven, [dead, redriven]);
      await context.store.redrive(CHANNEL, subscription.id, redriven);
      const repetitions = [dead, redriven, waiting, waiting + 1].map((seq) => ({
        subscriptionId: subscription.id,
        seq,
      }));
      expect(await context.store.sendAgain(CHANNEL, repetitions, 9, T0)).toEqual({ marked: 1, waiting: 2 });
      const again = await context.store.redriven(subscription.id, 9);
      expect(again.map(({ seq, isSentAgain = false }) => [seq, isSentAgain])).toEqual([
        [dead, true],
        [redriven, false],
      ]);
      const [position] = await context.store.renew([lease.leaseId], 1000);
      expect(position?.revision).toBeGreaterThan(lease.revision);
    });

    it('changes nothing if too many deliveries are being sent again', async () => {
      const subscription = await context.subscribe();
      const seqs = [await store('A'), await store('A'), await store('A')];
      await pass(subscription, Math.max(...seqs));
      const [one, two, three] = seqs.map((seq) => ({ subscriptionId: subscription.id, seq }));
      if (!one || !two || !three) throw new Error('The deliveries are not stored.');
      expect(await context.store.sendAgain(CHANNEL, [one], 2, T0)).toEqual({ marked: 1, waiting: 0 });
      expect(await context.store.sendAgain(CHANNEL, [two, three], 2, T0)).toBe('busy');
      expect(await context.store.sendAgain(CHANNEL, [two], 2, T0)).toEqual({ marked: 1, waiting: 0 });
    });

    it('ignores deliveries without content, and unknown subscriptions', async () => {
      const subscription = await context.subscribe();
      const seq = await store('A');
      await pass(subscription, seq);
      await context.store.retain(RETENTION, T0);
      expect(await context.store.retain(RETENTION, T0 + 4 * DAY)).toBeLessThan(RETAIN_BATCH);
      const other = await store('A', { receivedAt: T0 + 4 * DAY });
      const repetitions = [
        { subscriptionId: subscription.id, seq },
        { subscriptionId: 'x', seq: other },
        { subscriptionId: '00000000-0000-4000-8000-000000000009', seq: other },
      ];
      expect(await context.store.sendAgain(CHANNEL, repetitions, 9, T0)).toEqual({ marked: 0, waiting: 0 });
      expect(await context.store.redriven(subscription.id, 9)).toEqual([]);
    });

    it('keeps the content until it has arrived', async () => {
      const subscription = await context.subscribe();
      const seq = await store('A');
      await pass(subscription, seq);
      await context.store.retain(RETENTION, T0);
      await context.store.sendAgain(CHANNEL, [{ subscriptionId: subscription.id, seq }], 9, T0 + DAY);
      await context.store.retain(RETENTION, T0 + 4 * DAY);
      expect(await context.store.redriven(subscription.id, 9)).toMatchObject([{ seq }]);
    });
  });
}
