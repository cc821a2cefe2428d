/**
 * Many busy channels, more than a dispatcher claims at once.
 *
 * @slow 60 channels, 7 s of CPU
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../../../wire/capability.ts';
import { SECOND } from '../../../harness/durations.ts';
import { DELIVERED, DispatcherBed, FAILED, type Attempt } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';

const CHANNELS = Array.from({ length: 60 }, (_, index) => deriveChannel(`token ${index}`));
const [LATE = '', ...BUSY] = CHANNELS;
const bed = new DispatcherBed(CHANNELS);
let responseMs: (channel: string) => number;

beforeEach(async () => {
  responseMs = () => 100;
  bed.respond = async (_name, channel) => {
    await bed.clock.sleep(responseMs(channel), new AbortController().signal);
    return DELIVERED;
  };
  // The name of each channel is the URL of its target.
  for (const channel of CHANNELS) await bed.subscribe(channel, { actions: ['EVENT'] }, channel);
});

async function send(channels: readonly string[], count: number): Promise<void> {
  for (const channel of channels) await bed.ingest(Array<string>(count).fill('EVENT'), channel);
}
const attemptsOf = (): Map<string, Attempt[]> => Map.groupBy(bed.attempts, ({ targetUrl }) => targetUrl);

/** Sends an event to the channel {@link LATE}. Returns the milliseconds until the event is attempted. */
async function delayOfLate(): Promise<number> {
  const begin = bed.clock.now();
  await send([LATE], 1);
  await bed.clock.advance(2 * SECOND);
  return (bed.to(LATE)[0]?.at ?? Infinity) - begin;
}

it('no channel waits for more than 2 seconds, and each channel keeps the order of its events', async () => {
  const begin = bed.clock.now();
  await send(CHANNELS, 200);
  await bed.clock.advance(12 * SECOND);
  for (const attempts of attemptsOf().values()) {
    const times = [begin, ...attempts.map(({ at }) => at), bed.clock.now()];
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(2 * SECOND);
    const seqs = attempts.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  }
  expect(attemptsOf().size).toBe(CHANNELS.length);
});

it('a channel that becomes due while all others are busy is served', async () => {
  await send(BUSY, 300);
  await bed.clock.advance(5 * SECOND);
  expect(await delayOfLate()).toBeLessThanOrEqual(SECOND);
});

it('a channel that becomes due while the targets of all others hang is served', async () => {
  responseMs = (channel) => (channel === LATE ? 100 : 10 * SECOND);
  await send(BUSY, 3);
  await bed.clock.advance(3 * SECOND);
  expect(await delayOfLate()).toBeLessThanOrEqual(2 * SECOND);
  await bed.clock.advance(40 * SECOND);
  for (const channel of BUSY) expect(bed.to(channel)).toHaveLength(3);
});

it('all channels receive their events if attempts of different durations outlast the time slices', async () => {
  responseMs = (channel) => SECOND + 20 * CHANNELS.indexOf(channel);
  await send(CHANNELS, 10);
  await bed.clock.advance(5 * 60 * SECOND);
  expect(CHANNELS.filter((channel) => bed.to(channel).length !== 10)).toEqual([]);
});

describe('the time at which the next channel is due', () => {
  beforeEach(async () => {
    bed.respond = (_name, channel) => (channel === LATE ? FAILED : DELIVERED);
    // All channels are given back, but the process is alive.
    await bed.clock.advance(5 * SECOND);
    await send(BUSY.slice(-1), 1);
  });

  it('is requested once, not for each delivery that arrives', async () => {
    const requested: number[] = [];
    const dueInMs = bed.store.dueInMs.bind(bed.store);
    bed.store.dueInMs = (process, now) => {
      requested.push(now);
      return dueInMs(process, now);
    };
    await send(BUSY.slice(0, 20), 1);
    expect(bed.attempts).toHaveLength(21);
    expect(requested.length).toBeLessThanOrEqual(2);
  });

  it('is requested again if a channel with a new delivery could not be claimed', async () => {
    const claim = bed.store.claim.bind(bed.store);
    bed.store.claim = () => {
      bed.store.claim = claim;
      return Promise.resolve([]);
    };
    await send([LATE], 1);
    await bed.clock.advance(SECOND / 10);
    expect(bed.to(LATE)).toHaveLength(1);
  });

  it('is requested again if a delivery arrived after the claim, but before its response', async () => {
    const claim = bed.store.claim.bind(bed.store);
    bed.store.claim = async (...parts) => {
      bed.store.claim = claim;
      const claims = await claim(...parts);
      await bed.store.ingest([delivery('EVENT', { channel: BUSY[1] ?? '', receivedAt: bed.clock.now() })]);
      return claims;
    };
    await send(BUSY.slice(0, 1), 1);
    await bed.clock.advance(SECOND / 10);
    expect(bed.to(BUSY[1] ?? '')).toHaveLength(1);
  });

  it('is requested again after a claim failed', async () => {
    const claim = bed.store.claim.bind(bed.store);
    bed.store.claim = () => {
      bed.store.claim = claim;
      // Giving back a channel would cause another request.
      bed.store.deliveryIds = () => Promise.reject(new Error('lost'));
      return Promise.reject(new Error('lost'));
    };
    await send(BUSY.slice(1, 2), 1);
    await bed.clock.advance(SECOND);
    expect(bed.to(BUSY[1] ?? '')).toHaveLength(1);
  });

  it('is requested again after a channel was given back, even if a delivery arrived in the meantime', async () => {
    const giveBack = bed.store.giveBack.bind(bed.store);
    bed.store.giveBack = async (process, claims) => {
      await bed.store.ingest([delivery('EVENT', { channel: BUSY[0] ?? '', receivedAt: bed.clock.now() })]);
      await giveBack(process, claims);
    };
    await send([LATE], 1);
    await bed.clock.advance(10 * 60 * SECOND);
    const times = bed.to(LATE).map(({ at }) => at);
    const pauses = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / SECOND);
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160]);
  });
});
