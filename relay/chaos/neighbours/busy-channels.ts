/**
 * More busy channels than one process serves at a time, with one process and with a second process that has capacity.
 */

import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

/** Number of concurrent requests. The limit ensures that the relay is the bottleneck, not the sender. */
const SENDERS = 32;
const MAX_WAIT_MS = 2 * SECOND;

interface Load {
  readonly channels: number;
  /** Number of events for each channel. */
  readonly events: number;
  readonly responseMs: number;
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
    }),
  );
}

const pathOf = ({ id }: BedChannel): string => `/${id}`;

/**
 * Makes all channels busy. Returns the longest time for which a channel with waiting events had no attempt, in
 * milliseconds.
 */
async function longestWait(bed: NeighbourBed, channels: readonly BedChannel[], load: Load): Promise<number> {
  const { target } = bed;
  target.clear();
  target.respond = (response) => {
    setTimeout(() => response.end('ok'), load.responseMs);
  };
  const acknowledged = new Map(channels.map((channel) => [channel, [] as number[]]));
  const posts = Array.from({ length: load.events }, () => channels).flat();
  await inParallel(posts, async (channel) => {
    await channel.event();
    acknowledged.get(channel)?.push(performance.now());
  });
  await until(() => target.count >= posts.length, 120 * SECOND);
  const waits = channels.map((channel) => {
    const arrivals = target.at(pathOf(channel)).map(({ at }) => at);
    // An event is due once it has been acknowledged and the target has responded to the previous event.
    const due = (acknowledged.get(channel) ?? []).map((at, index) =>
      Math.max(at, (arrivals[index - 1] ?? -Infinity) + load.responseMs),
    );
    return Math.max(...due.map((at, index) => (arrivals[index] ?? Infinity) - at));
  });
  return Math.max(...waits);
}

async function subscribedChannels(bed: NeighbourBed, count: number): Promise<BedChannel[]> {
  const channels = Array.from({ length: count }, () => bed.channel());
  await inParallel(channels, async (channel) => {
    await channel.register();
    await channel.subscribe(pathOf(channel));
  });
  return channels;
}

async function run({ createBed, isShort, report, store }: CaseContext): Promise<void> {
  const load = isShort
    ? { channels: 550, events: 5, responseMs: 800 }
    : { channels: 1_200, events: 10, responseMs: 2 * SECOND };
  const bed = await createBed();
  await bed.startRelay();
  const channels = await subscribedChannels(bed, load.channels);
  const limit = { limit: MAX_WAIT_MS, unit: 'ms' };
  const what = `longest wait of a due channel among ${load.channels} busy ones`;
  await report.best({ what: `${what}, one process`, ...limit }, () => longestWait(bed, channels, load));
  if (store === 'SQLite') return;
  // Events arrive at the second process while the first one serves the channels.
  await bed.startRelay();
  await report.best({ what: `${what}, a second process has room`, ...limit }, () => longestWait(bed, channels, load));
}

export const busyChannels: NeighbourCase = { name: 'busy-channels', run };
