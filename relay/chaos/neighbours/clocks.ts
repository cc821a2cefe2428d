/** Processes whose machines have wrong clocks. */

import { HOUR, SECOND } from '../../harness/durations.ts';
import { shiftedClock } from '../../harness/shifted-clock.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

const MINUTE = 60 * SECOND;
/** Time limit. It is longer than the first back-off plus the lease of a process that died. */
const MAX_DELAY_S = 15;

interface ClockBed {
  readonly bed: NeighbourBed;
  readonly channel: BedChannel;
  /** Replaces the running relay with a relay whose clock is fast. */
  readonly replaceRelay: (fastMs: number) => Promise<void>;
  /** Makes the target accept events. */
  readonly repair: () => void;
  /** Number of attempts so far. */
  readonly attempts: () => number;
}

/** Sets up a relay with one Zap that fails until it is repaired. */
async function createClockBed({ createBed }: CaseContext, fastMs: number): Promise<ClockBed> {
  const bed = await createBed();
  let status = 500;
  bed.target.respond = (response) => response.writeHead(status).end();
  const start = (shiftMs: number) => bed.startRelay({ NODE_OPTIONS: shiftedClock(shiftMs) });
  await start(fastMs);
  const channel = await bed.channel().register();
  await channel.subscribe('/zap');
  return {
    bed,
    channel,
    replaceRelay: async (shiftMs) => {
      await bed.relays.at(-1)?.kill('SIGKILL');
      await start(shiftMs);
    },
    repair: () => {
      status = 200;
    },
    attempts: () => bed.target.at('/zap').length,
  };
}

/** A process whose clock is fast fails to deliver an event, and dies. */
async function dieWithFastClock(context: CaseContext, fastMs: number, name: string): Promise<void> {
  const { report, store } = context;
  const { channel, replaceRelay, repair, attempts } = await createClockBed(context, fastMs);
  await channel.event();
  await until(() => attempts() === 1);
  // This request makes the relay save the progress of the failed attempt.
  await channel.state();
  repair();
  const start = performance.now();
  await replaceRelay(0);
  if (store === 'SQLite') {
    // The file contains only times from the wrong clock.
    const [subscription] = (await channel.state()).subscriptions;
    const waitMs = Date.parse(subscription?.next_attempt_at ?? '') - Date.now();
    const what = `wait of a Zap after a process whose clock was ${name} fast has died`;
    report.measured(waitMs / HOUR, { what, limit: 1, unit: 'h' });
    return;
  }
  await until(() => attempts() === 2, MINUTE);
  const what = `time until another process retries after one whose clock was ${name} fast has died`;
  report.measured((performance.now() - start) / SECOND, { what, limit: MAX_DELAY_S, unit: 's' });
}

/** A process whose clock is 26 hours fast takes over an event that has failed once. */
async function failWithFastClock(context: CaseContext): Promise<void> {
  const { channel, replaceRelay, attempts } = await createClockBed(context, 0);
  await channel.event();
  await until(() => attempts() === 1);
  await channel.state();
  await replaceRelay(26 * HOUR);
  await until(() => attempts() >= 2, MINUTE);
  await channel.state();
  const [subscription] = (await channel.state()).subscriptions;
  const isKept = subscription?.dead_letters === 0 && subscription.pending === 1;
  context.report.holds(isKept, 'a process whose clock is 26 h fast buries no event after a 500 response');
}

async function run(context: CaseContext): Promise<void> {
  await dieWithFastClock(context, 10 * MINUTE, '10 min');
  await dieWithFastClock(context, 26 * HOUR, '26 h');
  await failWithFastClock(context);
}

export const clocks: NeighbourCase = { name: 'clocks', lane: 'waiting', run };
