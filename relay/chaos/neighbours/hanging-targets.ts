/** A healthy Zap among 600 hanging Zaps. */

import { setTimeout as sleep } from 'node:timers/promises';

import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { TargetPaths } from './target-paths.ts';

const CHANNELS = 3;
const ZAPS_PER_CHANNEL = 200;
const INTERVAL_MS = 200;

/** Sends events one after the other. Returns the longest time from sending to arrival, in milliseconds. */
async function latestArrival(channel: BedChannel, target: TargetPaths, path: string, count: number): Promise<number> {
  const sentAt = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const id = `${path}-${performance.now()}`;
    sentAt.set(id, performance.now());
    await channel.event('HEALTHY', id);
    await sleep(INTERVAL_MS);
  }
  const isComplete = () => [...sentAt.keys()].every((id) => target.idsAt(path).includes(id));
  await until(isComplete, 60 * SECOND);
  return Math.max(...target.at(path).map(({ id, at }) => at - (sentAt.get(id) ?? at)));
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed({ RELAY_MAX_SUBSCRIPTIONS: String(ZAPS_PER_CHANNEL + 1) });
  const { target } = bed;
  target.respond = (response, path) => {
    if (path.startsWith('/healthy')) response.end('ok');
  };
  await bed.startRelay();
  const alone = await bed.channel().register();
  await alone.subscribe('/healthy/alone', { actions: ['HEALTHY'] });
  const hanging: BedChannel[] = [];
  for (let number = 0; number < CHANNELS; number++) {
    const channel = await bed.channel().register();
    const paths = Array.from({ length: ZAPS_PER_CHANNEL }, (_, zap) => `/hanging/${number}/${zap}`);
    await Promise.all(paths.map((path) => channel.subscribe(path)));
    hanging.push(channel);
  }
  const [beside] = hanging;
  if (!beside) throw new Error('There is no channel.');
  await beside.subscribe('/healthy/beside', { actions: ['HEALTHY'] });
  for (const channel of hanging) for (let index = 0; index < 3; index++) await channel.event();
  await until(() => target.count >= CHANNELS * ZAPS_PER_CHANNEL, 30 * SECOND);

  // A full run takes longer than an attempt, so that the hanging Zaps are retried.
  const count = (isShort ? 4 : 15) * (SECOND / INTERVAL_MS);
  const limit = { limit: SECOND, unit: 'ms' };
  await report.best({ what: 'lateness of a healthy Zap beside 600 hanging Zaps of other channels', ...limit }, () =>
    latestArrival(alone, target, '/healthy/alone', count),
  );
  await report.best({ what: 'lateness of a healthy Zap in a channel with 200 of 600 hanging Zaps', ...limit }, () =>
    latestArrival(beside, target, '/healthy/beside', count),
  );
}

export const hangingTargets: NeighbourCase = { name: 'hanging-targets', run };
