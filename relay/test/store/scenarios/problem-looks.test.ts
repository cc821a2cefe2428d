/**
 * The times at which the periodic pass checks channels for problems.
 *
 * @slow 1,800 calls with random choices, 4 s of CPU for each database
 */

import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import { PROBLEM_KINDS } from '../../../../wire/notice.ts';
import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import type { Refusal } from '../../../refusal-reasons.ts';
import { MAX_CHECK_MS } from '../../../store/problems/problem-rules.ts';
import type { StoreContext } from '../../support/store-context.ts';
import { createTroubledChannel, MINUTE, type TroubledChannel } from '../../support/troubled-channel.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Seed for the random choices. A fixed seed makes the same calls in each run. */
const SEED = 20_261_201;
const RUNS = 12;
const STEPS = 150;
/** Pauses between two steps, in minutes. Eight days without an event are an unusual silence. */
const PAUSES = [0, 1, 1, 31, 31, 61, 8 * 24 * 60];
/** Reasons for refusals: two limits, and two reasons that are not limits. */
const REASONS: readonly Refusal[] = ['full', 'rate_limited', 'busy', 'unsigned'];

type Choices = (limit: number) => number;

/** Makes a random call of the store that can start or end a problem. */
async function step(context: StoreContext, channel: TroubledChannel, random: Choices): Promise<void> {
  const { store } = context;
  const { clock, zaps } = channel;
  const index = random(zaps.length);
  const name = { channel: CHANNEL, id: channel.zap(index).id };
  const now = clock.now();
  const steps: readonly (() => Promise<unknown>)[] = [
    channel.receive,
    channel.receive,
    channel.receive,
    () => channel.fail(index),
    () => channel.accept(index),
    () => channel.bury('HTTP 500'),
    channel.refuse,
    () => store.saveRefusal(CHANNEL, REASONS[random(REASONS.length)] ?? 'full', now),
    () => channel.verdict(random(2) === 0),
    () => channel.report(random(2) === 0),
    () => store.checkSilences(now),
    () => store.pause(name, now),
    () => store.resume(name, now),
    () => store.unsubscribe(CHANNEL, name.id, now, random(2) === 0),
    async () => zaps.push(await channel.subscribe(`Zap ${random(3)}`)),
    () => channel.listen(),
    () => store.unsubscribe(CHANNEL, channel.listener.id, now),
    () => store.redrive(CHANNEL, name.id),
    () => store.replaceUrl(CHANNEL, random(2) === 0, now),
    () => context.retain(now),
    () => context.recount(),
  ];
  await steps[random(steps.length)]?.();
}

/** Tests that no problem starts or ends without a check of its channel. */
describeEachStore((context) => {
  const { store } = context;

  it('makes a channel due for a check whenever a check would find that a problem has started or ended', async () => {
    const found = new Set<string>();
    let unchanged = 0;
    const property = async (numbers: readonly number[]) => {
      await context.open();
      const channel = await createTroubledChannel(context);
      for (let index = 0; index + 4 <= numbers.length; index += 4) {
        const choices = numbers.slice(index, index + 4);
        const random: Choices = (limit) => (choices.shift() ?? 0) % limit;
        if (random(2) === 0) await channel.pass();
        else await step(context, channel, random);
        await channel.clock.advance((PAUSES[random(PAUSES.length)] ?? 0) * MINUTE);
        const now = channel.clock.now();
        const changes = (await store.changedProblems(CHANNEL, now))?.changes ?? [];
        for (const { kind, notice } of changes) found.add(`${kind} ${notice?.state ?? ''}`);
        const [due] = await context.query(
          // A pass that finds a change checks the channel again after a minute.
          `SELECT count(*) AS count FROM channels
           WHERE problems_check_at <= ${now + MINUTE} OR problems_check_at > ${now + MAX_CHECK_MS}`,
        );
        if (changes.length > 0) expect([changes, due?.count]).toEqual([changes, 1]);
        else if (due?.count === 0) unchanged++;
      }
    };
    const numbers = fc.array(fc.nat(), { minLength: 4 * STEPS, maxLength: 4 * STEPS });
    await fc.assert(fc.asyncProperty(numbers, property), { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect([...found].filter((each) => each.endsWith('started')).sort()).toEqual(
      PROBLEM_KINDS.map((kind) => `${kind} started`).sort(),
    );
    expect(found.size).toBeGreaterThan(PROBLEM_KINDS.length);
    expect(unchanged).toBeGreaterThan(STEPS);
  }, 300_000);

  it('checks only channels in which a problem may have started or ended', async () => {
    const channel = await createTroubledChannel(context);
    const checked = () => store.channelsToCheck(channel.clock.now(), MINUTE);
    await channel.pass();
    await channel.receive();
    expect(await checked()).toEqual([]);
    await channel.fail();
    await channel.pass();
    await channel.clock.advance(HOUR / 2 - 1);
    expect(await checked()).toEqual([]);
    await channel.clock.advance(1);
    expect(await checked()).toEqual([CHANNEL]);
    // A pass that failed is repeated, even after the clock has been set back.
    expect(await checked()).toEqual([]);
    await channel.clock.advance(MINUTE);
    expect(await store.channelsToCheck(channel.clock.now() - 2 * HOUR, MINUTE)).toEqual([CHANNEL]);
    await channel.verdict(false);
    await store.problemsChecked(CHANNEL, null, channel.clock.now() - 2 * HOUR, MINUTE);
    expect(await checked()).toEqual([CHANNEL]);
  });
});
