/** The faults of a chaos run. Each fault breaks a part of a test bed for a random time and then repairs the part. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../harness/postgres-cluster.ts';
import type { Relay, TestBed } from './test-bed.ts';

/** Time limit in milliseconds for a relay to exit after SIGTERM, as docs/relay-variants.md states. */
const MAX_STOP_MS = 10_000;
/** Number of additional events during an upgrade and the return to this version. */
const UPGRADE_EVENTS = 2_000;
/** Rate of the additional events, per second. */
const UPGRADE_EVENTS_PER_SECOND = 200;

/** A generator of random numbers from a seed, so that the faults of a run can be repeated. */
export type Random = ReturnType<typeof createRandom>;

/** Creates a random number generator with the algorithm mulberry32. */
export function createRandom(seed: number) {
  let state = seed;

  function between(min: number, max: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return min + (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (max - min);
  }

  return {
    between,
    /** Returns one of the items at random. @throws {RangeError} if the list of items is empty */
    pick: <T>(items: readonly T[]): T => {
      const item = items[Math.floor(between(0, items.length))];
      if (item === undefined) throw new RangeError('There is no item to pick.');
      return item;
    },
  };
}

/** A fault. The promise resolves with a description of the fault when the fault is over. */
export type Fault = (bed: TestBed, random: Random) => Promise<string>;

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Waits for a random time. Returns the time as text. */
async function pause(random: Random, minMs: number, maxMs: number): Promise<string> {
  const milliseconds = random.between(minMs, maxMs);
  await sleep(milliseconds);
  return inSeconds(milliseconds);
}

/**
 * Stops a relay as an operator does. Returns the duration of the stop.
 *
 * @throws {Error} if the relay exits with an error, or does not exit within {@link MAX_STOP_MS}
 */
export async function stopCleanly(relay: Relay): Promise<string> {
  const start = performance.now();
  const exitCode = await relay.end('SIGTERM');
  const milliseconds = performance.now() - start;
  if (exitCode !== 0 || milliseconds > MAX_STOP_MS) {
    throw new Error(`After SIGTERM, a relay exited with code ${exitCode ?? 'none'} after ${inSeconds(milliseconds)}.`);
  }
  return inSeconds(milliseconds);
}

/** Kills relays at the same time, and starts them again after a random time. */
async function killAll(relays: readonly Relay[], random: Random): Promise<string> {
  await Promise.all(relays.map((relay) => relay.end('SIGKILL')));
  const time = await pause(random, 0, 2_000);
  await Promise.all(relays.map((relay) => relay.start()));
  return `kill ${relays.length} of the relays and start again after ${time}`;
}

const killOne: Fault = ({ relays }, random) => killAll([random.pick(relays)], random);
const killBoth: Fault = ({ relays }, random) => killAll(relays, random);

const restart: Fault = async ({ relays }, random) => {
  const relay = random.pick(relays);
  const time = await stopCleanly(relay);
  await relay.start();
  return `stop a relay with SIGTERM (${time}), start it`;
};

/** Suspends a relay. When the relay resumes, it must not disturb the process that has taken over its channels. */
const freezeFor =
  (minMs: number, maxMs: number): Fault =>
  async ({ relays }, random) => {
    const relay = random.pick(relays);
    relay.signal('SIGSTOP');
    const time = await pause(random, minMs, maxMs);
    relay.signal('SIGCONT');
    return `freeze a relay for ${time}`;
  };

/** Cuts requests off, so that the sender repeats events that the relay has already stored. */
const cutRequests: Fault = async ({ relays }, random) => {
  for (let cut = 0; cut < 10; cut++) {
    for (const { front } of relays) front.cut();
    await pause(random, 20, 200);
  }
  return 'cut the connections of the sender 10 times';
};

/** Starts a second process on the SQLite file of a running relay. The second process must refuse to start. */
const startSecond: Fault = async ({ relays: [relay] }) => {
  const second = await relay?.another();
  const [started] = await Promise.allSettled([second?.start()]);
  if (started.status === 'fulfilled') throw new Error('A second process uses the SQLite file of a running relay.');
  second?.close();
  return 'start a second process on the same file, which refuses to run';
};

const cutDatabase: Fault = async ({ relays }, random) => {
  const { back } = random.pick(relays);
  for (let cut = 0; cut < 5; cut++) {
    back?.cut();
    await pause(random, 20, 500);
  }
  return "cut a relay's connections to the database 5 times";
};

const separateDatabase: Fault = async ({ relays }, random) => {
  const { back } = random.pick(relays);
  back?.hold();
  const time = await pause(random, 1_000, 10_000);
  back?.resume();
  return `drop the bytes between a relay and the database for ${time}`;
};

const restartDatabase =
  (cluster: Cluster): Fault =>
  async (_bed, random) => {
    await cluster.stop();
    const time = await pause(random, 0, 4_000);
    await cluster.start();
    return `crash the database, start it after ${time}`;
  };

/**
 * Replaces the database with a copy from some seconds ago, as in a failover to an asynchronous standby. Only events
 * that were acknowledged after the copy was made can be lost.
 */
const stepBack =
  (cluster: Cluster): Fault =>
  async ({ senders }, random) => {
    const copiedFrom = performance.now();
    await cluster.copy();
    const time = await pause(random, 200, 5_000);
    await cluster.stop();
    // Wait for the responses that the relays have already sent.
    await sleep(1_000);
    const replacedAt = performance.now();
    for (const sender of senders) sender.addStepBack(copiedFrom, replacedAt);
    await cluster.startCopy();
    return `replace the database with a copy that is ${time} older`;
  };

/**
 * Replaces the relays one after another with the next version, whose migration allows a way back. Then replaces them
 * with this version again.
 */
const upgrade: Fault = async ({ relays, senders: [sender], nextVersion }) => {
  const builds = [nextVersion(), undefined];
  const eventsEach = UPGRADE_EVENTS / (builds.length * relays.length);
  for (const build of builds) {
    for (const relay of relays) {
      const load = sender.sendMany(eventsEach, UPGRADE_EVENTS_PER_SECOND);
      await stopCleanly(relay);
      await relay.start(build);
      await load;
    }
  }
  return 'upgrade the relays one by one to a version with one more migration, and go back';
};

/** Returns the kinds of faults that can occur in a test bed. */
export function faultsOf({ cluster }: TestBed): readonly Fault[] {
  const always = [killOne, restart, freezeFor(500, 3_000), cutRequests];
  if (!cluster) return [...always, freezeFor(3_000, 8_000), startSecond];
  // While a process is frozen for 10 seconds, another process takes over its channels.
  const ofDatabase = [cutDatabase, separateDatabase, restartDatabase(cluster), stepBack(cluster)];
  return [...always, freezeFor(10_000, 12_000), killBoth, upgrade, ...ofDatabase];
}
