/** Several dispatchers that share the channels of a store, on a fake clock. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../wire/capability.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { chooseHandovers } from '../delivery/load-sharing.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from '../harness/fake-clock.ts';
import { delivery, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { SharedStore } from './shared-store.ts';

const CHANNELS = Array.from({ length: 60 }, (_, index) => deriveChannel(`token ${index}`));
const RESPONSE_MS = 200;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const service = (load: number, isFailing = false) => ({ load, isFailing });

describe('the choice of handovers', () => {
  it('brings the load of a process down to the average', () => {
    const services = Array.from({ length: 30 }, () => service(10));
    const handovers = chooseHandovers(services, [
      { holder: 'one', load: 0 },
      { holder: 'two', load: 60 },
    ]);
    const receivers = [...handovers.values()];
    expect(receivers.filter((holder) => holder === 'one')).toHaveLength(12);
    expect(receivers.filter((holder) => holder === 'two')).toHaveLength(6);
    expect([...handovers.keys()]).toEqual(services.slice(0, 18));
  });

  it('is empty while no process has clearly more than the others', () => {
    const many = Array.from({ length: 120 }, () => service(1));
    const few = many.slice(0, 18);
    expect(chooseHandovers(many, [{ holder: 'one', load: 80 }]).size).toBe(0);
    expect(chooseHandovers(few, [{ holder: 'one', load: 0 }]).size).toBe(0);
    expect(chooseHandovers(few, []).size).toBe(0);
    expect(chooseHandovers(few, [{ holder: 'one', load: 500 }]).size).toBe(0);
  });

  it('leaves out channels without work, and those that would overload their receiver', () => {
    const [large, idle, small] = [service(100), service(0), service(20)];
    expect(chooseHandovers([large, idle, small], [{ holder: 'one', load: 0 }])).toEqual(new Map([[small, 'one']]));
  });

  it('takes channels whose targets fail last, because their attempts may take long', () => {
    const failing = Array.from({ length: 30 }, () => service(1, true));
    const working = Array.from({ length: 30 }, () => service(1));
    const handovers = chooseHandovers([...failing, ...working], [{ holder: 'one', load: 0 }]);
    expect([...handovers.keys()]).toEqual(working);
  });
});

describe('dispatchers that share a store', () => {
  let clock: FakeClock;
  let store: SharedStore;
  let processes: { readonly dispatcher: Dispatcher; suspend: () => void; resume: () => void }[];
  let attempts: { readonly process: number; readonly channel: string; readonly seq: number; readonly at: number }[];

  beforeEach(async () => {
    clock = new FakeClock();
    store = new SharedStore(openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: DAY }, clock.now), clock);
    processes = [];
    attempts = [];
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

  /** Starts a process that can be suspended, as by SIGSTOP: its timers fire when it resumes. */
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
          await wait(RESPONSE_MS, new AbortController().signal);
          return { outcome: 'delivered' };
        },
      },
      clock: { now: clock.now, sleep: wait },
      pacePerSubscription: 1000,
      pacePerChannel: 1000,
      log: silent,
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

  /** Returns the numbers of channels that each process attempts deliveries of within a second. */
  async function channelsByProcess(): Promise<number[]> {
    const from = clock.now();
    await clock.advance(SECOND);
    const recent = attempts.filter(({ at }) => at > from);
    return processes.map(
      (_, index) => new Set(recent.filter(({ process }) => process === index).map(({ channel }) => channel)).size,
    );
  }

  /** Checks that each process attempted the deliveries of a channel in order. Returns the number of repeated attempts. */
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

  it('give a process that starts later its share, once, in order, and without a long pause', async () => {
    await start();
    await fill(20);
    await clock.advance(SECOND);
    await start();
    await clock.advance(2 * SECOND);
    expect(await channelsByProcess()).toEqual([30, 30]);
    expect(store.releases).toBe(30);
    await clock.advance(15 * SECOND);
    expect(store.releases).toBe(30);
    expect(repeated()).toBe(0);
    for (const channel of CHANNELS) {
      const times = attempts.filter((attempt) => attempt.channel === channel).map(({ at }) => at);
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(RESPONSE_MS + 100);
    }
  });

  it('share again when a third process starts, without handing channels back and forth', async () => {
    await start();
    await fill(30);
    await clock.advance(SECOND);
    await start();
    await clock.advance(8 * SECOND);
    expect(await channelsByProcess()).toEqual([30, 30]);
    const before = store.releases;
    await start();
    await clock.advance(2 * SECOND);
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
    await clock.advance(2 * SECOND);
    expect(await channelsByProcess()).toEqual([0, 30, 30]);
    // The attempt in flight is repeated, and the one before, because its success had not been saved.
    expect(repeated()).toBeLessThanOrEqual(60);
  });

  it('give a process that was suspended its share again', async () => {
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

  it('serve channels again that were handed over to a process that has died', async () => {
    await start();
    await fill(20);
    await store.store.announce({ holder: 'dead', load: 0, milliseconds: 5 * SECOND });
    await clock.advance(1.5 * SECOND);
    expect(store.releases).toBe(30);
    await clock.advance(SECOND);
    expect(await channelsByProcess()).toEqual([60]);
    await clock.advance(10 * SECOND);
    expect(store.releases).toBe(30);
    expect(repeated()).toBe(0);
  });

  it('hand no channels over to a process that has stopped', async () => {
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
