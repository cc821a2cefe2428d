/** Several dispatchers that share the channels of a store, on a fake clock. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../wire/capability.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { SharedStore } from './shared-store.ts';
import { delivery } from './new-delivery.ts';

const CHANNELS = Array.from({ length: 60 }, (_, index) => deriveChannel(`token ${index}`));
const RESPONSE_MS = 200;

describe('dispatchers that share a store', () => {
  let clock: FakeClock;
  let store: SharedStore;
  let processes: { readonly dispatcher: Dispatcher; suspend: () => void; resume: () => void }[];
  let handovers: object[];
  /** Returns the duration of an attempt. */
  let responseMs: (channel: string) => number;
  let attempts: { readonly process: number; readonly channel: string; readonly seq: number; readonly at: number }[];

  beforeEach(async () => {
    clock = new FakeClock();
    store = new SharedStore(openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: DAY }, clock.now), clock);
    processes = [];
    attempts = [];
    handovers = [];
    responseMs = () => RESPONSE_MS;
    for (const channel of CHANNELS) {
      await store.store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 1000, idleMs: DAY }, 0);
      await store.store.subscribe(channel, { targetUrl: channel, filter: { actions: ['A'] } }, 1, 0);
    }
  });

  afterEach(async () => {
    const stopped = Promise.all(
      processes.map(({ dispatcher, resume }) => {
        resume();
        return dispatcher.stop();
      }),
    );
    await clock.advance(HOUR);
    await stopped;
    await store.store.close();
  });

  /** Starts a process that can be suspended as if by SIGSTOP. Its timers fire when it resumes. */
  async function start(): Promise<(typeof processes)[number]> {
    const index = processes.length;
    let suspended: Promise<void> | null = null;
    let end: () => void = () => undefined;
    const wait = async (milliseconds: number, signal: AbortSignal) => {
      await clock.sleep(milliseconds, signal);
      await suspended;
    };
    const dispatcher = new Dispatcher({
      store: store.store,
      sender: {
        send: async (channel, { seq }) => {
          attempts.push({ process: index, channel, seq, at: clock.now() });
          await wait(responseMs(channel), new AbortController().signal);
          return { outcome: 'delivered' };
        },
      },
      clock: { now: clock.now, sleep: wait },
      pacePerSubscription: 1000,
      pacePerChannel: 1000,
      log: { info: (fields) => handovers.push(fields), warn: () => undefined, error: () => undefined },
      random: () => 1,
    });
    await dispatcher.start();
    const process = {
      dispatcher,
      suspend: () => {
        suspended = new Promise((resolve) => (end = resolve));
      },
      resume: () => {
        suspended = null;
        end();
      },
    };
    processes.push(process);
    return process;
  }

  /** Makes all channels busy for a number of seconds. */
  const fill = (seconds: number) =>
    store.store.ingest(
      CHANNELS.flatMap((channel) =>
        Array.from({ length: (seconds * SECOND) / RESPONSE_MS }, () =>
          delivery('A', { channel, receivedAt: clock.now() }),
        ),
      ),
    );

  /** Returns the number of channels that each process makes attempts for within a period. */
  async function channelsByProcess(milliseconds = SECOND): Promise<number[]> {
    const from = clock.now();
    await clock.advance(milliseconds);
    const recent = attempts.filter(({ at }) => at > from);
    return processes.map(
      (_, index) => new Set(recent.filter(({ process }) => process === index).map(({ channel }) => channel)).size,
    );
  }

  /**
   * Asserts that each process attempted the deliveries of a channel in order. Returns the number of repeated attempts.
   */
  function repeated(): number {
    const numbers = new Map<string, number[]>();
    for (const { process, channel, seq } of attempts) {
      const key = `${process} ${channel}`;
      numbers.set(key, [...(numbers.get(key) ?? []), seq]);
    }
    for (const list of numbers.values()) expect(list).toEqual([...list].sort((a, b) => a - b));
    return attempts.length - new Set(attempts.map(({ channel, seq }) => `${channel} ${seq}`)).size;
  }

  it('are served by a single process without a pause', async () => {
    await start();
    await fill(8);
    await clock.advance(0);
    expect(new Set(attempts.map(({ channel }) => channel)).size).toBe(CHANNELS.length);
    await clock.advance(7 * SECOND);
    expect(store.releases).toBe(0);
    expect(attempts.length).toBeGreaterThanOrEqual(CHANNELS.length * 35);
  });

  it('hand a process that starts later its share, and deliver each event once, in order and without a long pause', async () => {
    await start();
    await fill(20);
    await clock.advance(SECOND);
    await start();
    await clock.advance(3 * SECOND);
    expect(await channelsByProcess()).toEqual([30, 30]);
    expect(store.releases).toBe(30);
    expect(handovers).toEqual([{ channels: 30 }]);
    await clock.advance(14 * SECOND);
    expect(store.releases).toBe(30);
    expect(repeated()).toBe(0);
    for (const channel of CHANNELS) {
      const times = attempts.filter((attempt) => attempt.channel === channel).map(({ at }) => at);
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(RESPONSE_MS + 100);
    }
  });

  it('do not hand over more channels while slow attempts delay a handover', async () => {
    responseMs = () => 12 * SECOND;
    await start();
    await fill(5);
    await clock.advance(SECOND);
    await start();
    await clock.advance(40 * SECOND);
    expect(handovers).toEqual([{ channels: 30 }]);
    expect(await channelsByProcess(12 * SECOND)).toEqual([30, 30]);
    expect(repeated()).toBe(0);
  });

  it('hand channels over without waiting for targets that hang for the first time', async () => {
    const hanging = new Set(CHANNELS.slice(0, 20));
    responseMs = (channel) => (hanging.has(channel) ? 15 * SECOND : RESPONSE_MS);
    await start();
    await fill(10);
    await clock.advance(SECOND);
    await start();
    await clock.advance(3 * SECOND);
    expect(store.releases).toBe(30);
  });

  it('hand over channels last if their dead letters fail again', async () => {
    const request = { holder: 'setup', limit: 20, milliseconds: SECOND };
    await fill(10);
    const { leases } = await store.store.lease(request);
    await store.store.progress(
      leases.flatMap(({ leaseId, subscriptions }) =>
        subscriptions.map((each) => ({ ...each, leaseId, subscriptionId: each.id, redriveFailures: 1 })),
      ),
    );
    await store.store.release(leases.map((lease) => ({ ...lease, dueInMs: 0 })));
    await start();
    await clock.advance(SECOND);
    await start();
    await clock.advance(3 * SECOND);
    expect(store.releases).toBe(20 + 30);
    const failing = new Set(leases.map(({ channel }) => channel));
    expect(attempts.filter(({ process, channel }) => process === 1 && failing.has(channel))).toEqual([]);
  });

  it('do not hand channels over because of a short peak', async () => {
    await start();
    await store.store.announce({ holder: 'other', load: 0, milliseconds: HOUR });
    await clock.advance(SECOND / 2);
    await fill(0.8);
    await clock.advance(10 * SECOND);
    expect(attempts).toHaveLength(CHANNELS.length * 4);
    expect(handovers).toEqual([]);
  });

  it('share the channels again when a third process starts, without handing them back and forth', async () => {
    await start();
    await fill(30);
    await clock.advance(SECOND);
    await start();
    await clock.advance(8 * SECOND);
    expect(await channelsByProcess()).toEqual([30, 30]);
    const before = store.releases;
    await start();
    await clock.advance(3 * SECOND);
    expect(await channelsByProcess()).toEqual([20, 20, 20]);
    await clock.advance(15 * SECOND);
    expect(store.releases - before).toBe(20);
    expect(repeated()).toBe(0);
  });

  it('take over the channels of a process that dies, and share them', async () => {
    await start();
    await start();
    await fill(40);
    await clock.advance(8 * SECOND);
    processes[0]?.suspend();
    await clock.advance(7 * SECOND);
    expect(await channelsByProcess()).toEqual([0, 60]);
    await start();
    await clock.advance(3 * SECOND);
    expect(await channelsByProcess()).toEqual([0, 30, 30]);
    // The attempt in flight is repeated. The previous attempt is repeated as well, because its success was not saved.
    expect(repeated()).toBeLessThanOrEqual(60);
  });

  it('give a suspended process its share again when it continues', async () => {
    await start();
    await start();
    await fill(40);
    await clock.advance(8 * SECOND);
    processes[0]?.suspend();
    await clock.advance(10 * SECOND);
    processes[0]?.resume();
    await clock.advance(3 * SECOND);
    expect(await channelsByProcess()).toEqual([30, 30]);
    expect(repeated()).toBeLessThanOrEqual(60);
  });

  it('serve channels again if they were handed over to a process that has died', async () => {
    await start();
    await fill(20);
    await store.store.announce({ holder: 'dead', load: 0, milliseconds: 5 * SECOND });
    await clock.advance(2.5 * SECOND);
    expect(store.releases).toBe(30);
    await clock.advance(SECOND);
    expect(await channelsByProcess()).toEqual([60]);
    await clock.advance(10 * SECOND);
    expect(store.releases).toBe(30);
    expect(repeated()).toBe(0);
  });

  it('do not hand channels over to a process that has stopped', async () => {
    await start();
    const { dispatcher } = await start();
    const stopped = dispatcher.stop();
    await clock.advance(SECOND);
    await stopped;
    await fill(10);
    await clock.advance(5 * SECOND);
    expect(store.releases).toBe(0);
    expect(await channelsByProcess()).toEqual([60, 0]);
  });
});
