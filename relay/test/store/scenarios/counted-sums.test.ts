/**
 * Compares the sums in the rows of channels with sums that are computed from all rows.
 *
 * @slow 900 calls with random choices, 4 s of CPU for each database
 */

import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { ActionFilter } from '../../../../wire/action-filter.ts';
import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { DELIVERY_BATCH } from '../../../store/rows/deletion.ts';
import type { Store } from '../../../store/store.ts';
import {
  TEST_OPTIONS,
  EVERYTHING,
  failureOf,
  LIMITS,
  PROCESS,
  recountAfter,
  resultOf,
  SEND_BYTES,
  T0,
} from '../../support/store-context.ts';
import type { TestedDatabase } from '../../support/store-context.ts';
import { describeEachDatabase } from '../../support/each-database.ts';
import { withDeliveryIds } from '../../support/delivery-ids.ts';

/** Seed for the random choices. A fixed seed makes the same calls in each run. */
const SEED = 20_261_127;
const RUNS = 15;
const STEPS = 60;
const CHANNELS = [CHANNEL, OTHER_CHANNEL] as const;
const FILTERS: readonly ActionFilter[] = [{ actions: ['A'] }, { all_except: [] }, { all_except: ['A', 'C'] }];

/**
 * The stored sums of each channel, the sums computed from the channel's rows, and the number of rows that must not
 * exist.
 */
const CHECK = `SELECT c.waiting_bytes AS waiting, c.stored_bytes AS stored, c.digests,
    (SELECT CAST(coalesce(sum(d.bytes), 0) AS bigint) FROM deliveries d WHERE d.channel = c.key
       AND EXISTS (SELECT 1 FROM sends w WHERE w.seq = d.seq AND w.state <= 1)) AS "rowsWaiting",
    (SELECT CAST(coalesce(sum(d.bytes), 0) AS bigint) FROM deliveries d WHERE d.channel = c.key) AS "rowsStored",
    (SELECT count(*) FROM digests g WHERE g.channel = c.key) AS "rowsDigests",
    (SELECT count(*) FROM sends w WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.seq = w.seq)) AS "lostSends",
    (SELECT count(*) FROM attempts a WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.seq = a.seq)) AS "lostAttempts",
    (SELECT count(*) FROM deliveries d WHERE NOT EXISTS
       (SELECT 1 FROM data_keys k WHERE k.channel = d.channel AND k.key_id = d.key_id)) AS "lostKeys",
    (SELECT count(*) FROM subscriptions s JOIN sends w ON w.subscription = s.key AND w.state <= 1
       WHERE s.channel = c.key AND s.paused_at IS NULL AND c.due_at IS NULL) AS "lostWakeUps"
  FROM channels c WHERE c.deleted_at IS NULL`;

/** The number of given-up events of each subscription, by key. An event that was given up several times counts once. */
const UNTOLD = 'SELECT key, untold_dead AS untold FROM subscriptions';

type Choices = (limit: number) => number;

/** A store, and the effects of earlier calls that the store's rows do not show. */
interface Run {
  readonly store: Store;
  readonly query: TestedDatabase['query'];
  /** The number of given-up events of each subscription, by key. */
  readonly givenUp: Map<number, number>;
  /** Number of deliveries that were refused although other deliveries were removed to make room for them. */
  refused: number;
  /** Number of different bodies that were created. */
  sized: number;
}

async function step(run: Run, random: Choices, now: number): Promise<void> {
  const { store, query, givenUp } = run;
  const channel = CHANNELS[random(5) === 0 ? 1 : 0];
  const pick = <T>(values: readonly T[]): T | undefined => values[random(values.length)];
  const subscription = pick(await store.subscriptions(channel));
  const name = { channel, id: subscription?.id ?? '' };
  const claims = () => store.claimed(PROCESS);
  const arrival = () => {
    const action = pick(['A', 'B', 'C', 'DELETED_AN_APPOINTMENT']) ?? 'A';
    // Some bodies arrive again, as duplicates or repeats.
    const repeated = Buffer.from(`repeated ${random(3)}`);
    const unique = Buffer.alloc(1 + random(2500), String(Math.imul(now, 7) + random(1e9)));
    const content = { subjectId: String(random(3)), body: random(4) === 0 ? repeated : unique };
    const isConcern = random(5) === 0;
    return delivery(action, { ...content, channel, isConcern, receivedAt: now, eventTime: now - random(20_000) });
  };
  /** Saves results of the first waiting sends of a subscription. */
  async function settle(): Promise<void> {
    const held = pick(await claims());
    const target = held && pick(await store.subscriptions(held.channel));
    if (!target) return;
    const [pending, separate] = [await store.pending(target.key, 0, 4), await store.redriven(target.key, 4)];
    const neverGivenUp = new Set([...pending, ...separate.filter((send) => send.isSetAside)].map(({ seq }) => seq));
    const isPending = (seq: number) => pending.some((send) => send.seq === seq);
    const sends = [...pending, ...separate].map(({ seq }) => {
      const results = [
        ...(isPending(seq) ? [failureOf(target, seq, { endedAt: now, state: 'set_aside' })] : []),
        resultOf(target, seq, { endedAt: now }),
        resultOf(target, seq, { endedAt: now, state: 'dead', failure: 'HTTP 500', isRecorded: true }),
        failureOf(target, seq, { endedAt: now }),
      ];
      return pick(results) ?? resultOf(target, seq);
    });
    const added = sends.filter(({ seq, state }) => state === 'dead' && neverGivenUp.has(seq)).length;
    givenUp.set(target.key, (givenUp.get(target.key) ?? 0) + added);
    const named = await withDeliveryIds(store, held.key, sends);
    const results = [{ channel: held.key, claim: held.claim, sends: named, states: [] }];
    for (let repetition = random(2); repetition >= 0; repetition--) await store.saveResults(PROCESS, results);
  }
  async function sendAgain(): Promise<void> {
    const seqs = (await store.events(channel, {}, EVERYTHING, 5)).map(({ seq }) => seq);
    await store.sendAgain(
      channel,
      seqs.map((seq) => ({ subscriptionId: name.id, seq })),
      20,
      now,
    );
  }
  /**
   * Ingests a delivery that does not fit, because one call removes only a limited number of deliveries to make room.
   */
  async function overflow(): Promise<void> {
    const sized = (action: string, bytes: number) => {
      const body = Buffer.from(String(run.sized++).padEnd(bytes, '.'));
      return delivery(action, { channel, receivedAt: now, eventTime: now, subjectId: null, body });
    };
    const { maxChannelBytes } = TEST_OPTIONS;
    const count = DELIVERY_BATCH + 50;
    await store.ingest(Array.from({ length: count }, () => sized('NOT WANTED', Math.floor(maxChannelBytes / count))));
    const [row] = await query(`SELECT waiting_bytes AS waiting FROM channels WHERE channel = '${channel}'`);
    const large = sized('A', maxChannelBytes - (row?.waiting ?? 0) - 4 * SEND_BYTES);
    const before = await store.totals();
    const [result] = await store.ingest([large]);
    if (result === 'full' && (await store.totals()).storedBytes < before.storedBytes) run.refused++;
  }
  const steps: readonly (() => Promise<unknown>)[] = [
    () => store.ingest(Array.from({ length: 1 + random(4) }, arrival)),
    () => store.ingest(Array.from({ length: 1 + random(4) }, arrival)),
    () => store.ingest([delivery('', { channel, actions: [], receivedAt: now })]),
    settle,
    settle,
    settle,
    sendAgain,
    overflow,
    () => store.redrive(channel, name.id),
    () =>
      store.subscribe(
        channel,
        { targetUrl: `https://x/${random(4)}`, filter: pick(FILTERS) ?? { actions: [] } },
        9,
        now,
      ),
    () => (random(3) === 0 ? store.unsubscribe(channel, name.id, now) : Promise.resolve()),
    () => store.pause(name, now),
    () => store.resume(name, now),
    () => store.claim(PROCESS, 9),
    async () => {
      const given = (await claims()).map(({ key, claim }) => ({ channel: key, claim }));
      await store.giveBack(PROCESS, given);
    },
    () => store.retain(now),
    async () => {
      expect(await recountAfter(store, random(2))).toBeNull();
    },
    () => store.retain(now),
    async () => {
      expect(await recountAfter(store, random(2))).toBeNull();
    },
    async () => {
      if (random(9) === 0) await store.deleteChannel(channel);
      await store.registerChannel(channel, LIMITS, now);
    },
  ];
  if (typeof (await store.heartbeat(PROCESS, 0)) === 'string') await store.heartbeat(PROCESS, null);
  await pick(steps)?.();
}

describeEachDatabase((newDatabase) => {
  it('a store keeps its sums, and loses no wake-up, in any order of calls', async () => {
    let refused = 0;
    const property = async (numbers: readonly number[]) => {
      const { open, query } = await newDatabase();
      const store = await open({ ...TEST_OPTIONS, earlierStateMs: 9 * DAY, maxChannelDeliveries: 60 });
      const run: Run = { store, query, givenUp: new Map(), refused: 0, sized: 0 };
      for (const channel of CHANNELS) await store.registerChannel(channel, LIMITS, T0);
      let now = T0;
      for (let index = 0; index + 20 < numbers.length; index += 20) {
        const choices = numbers.slice(index, index + 20);
        let used = 0;
        const random = (limit: number): number => (choices[used++ % 20] ?? 0) % Math.max(1, limit);
        now += [1, 1000, 10_000, HOUR, 30 * HOUR, 5 * DAY][random(6)] ?? 1;
        await step(run, random, now);
        for (const row of await query(CHECK)) {
          const { waiting, stored, digests, rowsWaiting, rowsStored, rowsDigests, ...lost } = row;
          expect({ waiting, stored, digests }).toEqual({
            waiting: rowsWaiting,
            stored: rowsStored,
            digests: rowsDigests,
          });
          expect(lost).toEqual({ lostSends: 0, lostAttempts: 0, lostKeys: 0, lostWakeUps: 0 });
        }
        for (const { key = 0, untold } of await query(UNTOLD)) expect(untold).toBe(run.givenUp.get(key) ?? 0);
      }
      refused += run.refused;
      await store.close();
    };
    const numbers = fc.array(fc.nat(), { minLength: 20 * STEPS, maxLength: 20 * STEPS });
    await fc.assert(fc.asyncProperty(numbers, property), { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(refused).toBeGreaterThan(0);
  }, 300_000);
});
