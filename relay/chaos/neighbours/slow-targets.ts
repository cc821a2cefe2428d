/** 300 busy Zaps whose targets respond slowly. */

import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

const CHANNELS = 2;
const ZAPS_PER_CHANNEL = 150;
/**
 * Required share of the rate that is possible with one request in flight at a time. The rest allows for the time
 * between a response and the next request, on a machine that the relay shares with the target and other work. A limit
 * of 64 connections would allow at most 21%.
 */
const MIN_PERCENT = 60;

/** Returns the rate of the slowest Zap, as a percentage of the rate that one request in flight at a time allows. */
async function slowestRate(
  { target }: NeighbourBed,
  channels: readonly BedChannel[],
  responseMs: number,
  count: number,
): Promise<number> {
  target.clear();
  target.respond = (response) => {
    setTimeout(() => response.end('ok'), responseMs);
  };
  await Promise.all(channels.flatMap((channel) => Array.from({ length: count }, () => channel.event())));
  const paths = channels.flatMap((_, number) =>
    Array.from({ length: ZAPS_PER_CHANNEL }, (__, zap) => `/${number}/${zap}`),
  );
  await until(() => target.count >= paths.length * count, 120 * SECOND);
  const rates = paths.map((path) => {
    const times = target.at(path).map(({ at }) => at);
    const interval = ((times.at(-1) ?? Infinity) - (times[0] ?? 0)) / (times.length - 1);
    return (100 * responseMs) / interval;
  });
  return Math.min(...rates);
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  await bed.startRelay();
  const channels: BedChannel[] = [];
  for (let number = 0; number < CHANNELS; number++) {
    const channel = await bed.channel().register();
    const paths = Array.from({ length: ZAPS_PER_CHANNEL }, (_, zap) => `/${number}/${zap}`);
    await Promise.all(paths.map((path) => channel.subscribe(path)));
    channels.push(channel);
  }
  for (const responseMs of [200, SECOND]) {
    const count = Math.round(((isShort ? 3 : 10) * SECOND) / responseMs) + 1;
    const what = `slowest of 300 busy Zaps, response time ${responseMs} ms`;
    await report.best({ what, limit: MIN_PERCENT, unit: '% of the possible rate', isMinimum: true }, () =>
      slowestRate(bed, channels, responseMs, count),
    );
  }
}

export const slowTargets: NeighbourCase = { name: 'slow-targets', run };
