/**
 * The dispatcher claims channels that have work to do, serves each with a {@link ChannelService}, and gives back channels
 * that are idle. Several processes can run a dispatcher on one store, and each channel is served by one process. An idle
 * channel uses no memory.
 */

import { randomUUID } from 'node:crypto';

import { nameOf } from '../log.ts';
import { HEARTBEAT_MS, type ClaimedChannel, type HeartbeatFailure } from '../store/claims.ts';
import { createAttemptSlots } from './attempt-slots.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { createChannelService, hasSteppedBack, type ChannelService } from './channel-service.ts';
import { createContentCache } from './content-cache.ts';
import { createResultsWriter } from './results-writer.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { DispatcherOptions } from './worker-options.ts';

/** Interval of heartbeats, and of looks at the channels that the process has claimed. */
const INTERVAL_MS = 1_000;
const MAX_CLAIMS_AT_ONCE = 50;
const MAX_ATTEMPTS = 2_000;
/** Maximum pause between two looks for due channels. Other processes notify nobody. */
const MAX_CLAIM_INTERVAL_MS = 5_000;
/** Pause after an attempt to claim channels that claimed none, although a channel was due. */
const MIN_CLAIM_INTERVAL_MS = 20;

/** The dispatcher of a process. */
export type Dispatcher = ReturnType<typeof createDispatcher>;

/** Delivers the events of a store's channels to their subscriptions, together with the dispatchers of other processes. */
export function createDispatcher(options: DispatcherOptions) {
  const { store, clock, log, metrics, random = Math.random, maxAttempts = MAX_ATTEMPTS } = options;
  const services = new Map<string, ChannelService>();
  /** Services that are being given back. */
  const stopping = new Set<ChannelService>();
  const stop = new AbortController();
  /** Notified when a channel may have become due. */
  const dueSignal = new WakeUpSignal();
  /** Notified when a channel is claimed. */
  const claimedSignal = new WakeUpSignal();
  /** The id under which this process holds its claims. */
  let process: string = randomUUID();
  /** Time of the newest heartbeat with this id on the store's clock; null if there was none. */
  let beatAt: number | null = null;
  /** Time until which no other process can claim the channels of this process. */
  let aliveUntil = -Infinity;
  let loops: Promise<unknown> = Promise.resolve();

  const isAlive = (): boolean => clock.now() < aliveUntil;
  const results = createResultsWriter({
    ...options,
    signal: stop.signal,
    onLost: (lost) => {
      // The results may belong to a former claim on a channel that the process has claimed again.
      for (const service of services.values()) if (service.id === lost) drop(service.channel);
    },
  });
  const slots = createAttemptSlots(maxAttempts, options.maxAttemptBytes);
  const deliveryOptions = { ...options, random, slots, contents: createContentCache(store), results, isAlive };

  /** Repeats a task until the dispatcher stops. After an error, logs the message and pauses. */
  async function repeat(task: () => Promise<void>, errorMessage: string): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await task();
      } catch (error) {
        log.error({ error: nameOf(error) }, errorMessage);
        await clock.sleep(STORE_RETRY_MS, stop.signal);
      }
    }
  }

  function renewId(): void {
    process = randomUUID();
    beatAt = null;
  }

  /**
   * Drops all claims and continues under a new id. Results that are not saved yet are saved under the former id, if its
   * claims are not lost.
   */
  function startAgain(reason: HeartbeatFailure): void {
    if (reason === 'too old') {
      log.warn({}, 'The heartbeat of this process is too old. Dropping all claims and starting again.');
    } else {
      log.error(
        {},
        'The database has gone back to an earlier state, for example in a failover to an older standby. Events that were ' +
          'stored after that state are lost. Follow "After a step back" in docs/relay-variants.md.',
      );
    }
    for (const channel of services.keys()) drop(channel);
    renewId();
    dueSignal.notify();
  }

  /** Renews the heartbeat. If it cannot be renewed, starts again. */
  async function beat(): Promise<void> {
    // Without claims, there is no heartbeat.
    if (!isAlive() && services.size + stopping.size === 0) renewId();
    const claimant = process;
    const now = clock.now();
    const beat = await store.heartbeat(claimant, beatAt);
    if (claimant !== process) return;
    if (typeof beat !== 'number') {
      startAgain(beat);
      return;
    }
    beatAt = beat;
    aliveUntil = now + HEARTBEAT_MS;
  }

  /** Claims due channels, then sleeps until more may be due. */
  async function claimDue(): Promise<void> {
    // Take the signal before the request, so that a notification during the request skips the sleep below.
    const { signal } = dueSignal;
    const dueInMs = await store.dueInMs(process, clock.now());
    if (dueInMs > 0) {
      await clock.sleep(Math.min(MAX_CLAIM_INTERVAL_MS, dueInMs), signal);
      return;
    }
    if (!isAlive()) await beat();
    const claimant = process;
    const claims = await store.claim(claimant, MAX_CLAIMS_AT_ONCE);
    for (const claim of claimant === process ? claims : []) {
      // If the response was late, the channel is already served.
      if (services.get(claim.channel)?.id.claim !== claim.claim) serve(claim);
    }
    // Another process may be claiming the channel that is due.
    if (claims.length === 0) await clock.sleep(MIN_CLAIM_INTERVAL_MS, stop.signal);
  }

  function serve(claim: ClaimedChannel): void {
    drop(claim.channel);
    const service = createChannelService(claim, process, deliveryOptions);
    services.set(claim.channel, service);
    metrics?.claimedChannels.set(services.size);
    claimedSignal.notify();
    // A notification may have arrived before there was a service.
    void service.fetchNew();
  }

  /** Waits until there is a claim, and then for the interval. Returns false if the dispatcher stops. */
  async function nextInterval(): Promise<boolean> {
    const { signal } = claimedSignal;
    if (services.size === 0 && !stop.signal.aborted) await clock.sleep(Infinity, signal);
    await clock.sleep(INTERVAL_MS, stop.signal);
    return !stop.signal.aborted;
  }

  /**
   * Waits for the interval, and renews the heartbeat. This loop waits for nothing else, because the claims depend on
   * the heartbeat.
   */
  async function beatNext(): Promise<void> {
    if (await nextInterval()) await beat();
  }

  /** Waits for the interval, and reconciles the services with the claims in the store. */
  async function maintain(): Promise<void> {
    if (!(await nextInterval())) return;
    const claimant = process;
    const known = [...services.values()].map((service) => ({ service, position: service.position() }));
    const seqs = known.flatMap(({ position }) => position.newestArrival?.seq ?? []);
    const ids = new Map((await store.deliveryIds(seqs)).map(({ seq, deliveryId }) => [seq, deliveryId]));
    const claimed = new Map((await store.claimed(claimant)).map((each) => [each.channel, each]));
    if (claimant !== process) return;
    for (const { service, position } of known) {
      const { channel, id } = service;
      if (services.get(channel) !== service) continue;
      const current = claimed.get(channel);
      if (current && hasSteppedBack(position, current, ids)) {
        startAgain('stepped back');
        return;
      }
      if (current?.claim !== id.claim) drop(channel);
      else service.reconcile(current);
    }
    const isServed = (name: string) => services.has(name) || [...stopping].some(({ channel }) => channel === name);
    // The response to the claim was lost.
    for (const each of claimed.values()) if (!isServed(each.channel)) serve(each);
    await giveBack([...services.values()].filter((service) => service.isIdle()));
  }

  /** Stops the service of a channel whose claim is lost: it was dropped, or the channel was deleted. */
  function drop(channel: string): void {
    const service = services.get(channel);
    if (!service) return;
    services.delete(channel);
    void service.stop();
    metrics?.claimedChannels.set(services.size);
    metrics?.claimsLost.inc();
    dueSignal.notify();
  }

  /** Stops services, saves their results and ends their claims. */
  async function giveBack(idle: readonly ChannelService[]): Promise<void> {
    if (idle.length === 0) return;
    const claimant = process;
    for (const service of idle) {
      services.delete(service.channel);
      stopping.add(service);
    }
    metrics?.claimedChannels.set(services.size);
    try {
      const claims = await Promise.all(idle.map((service) => service.stop()));
      // If the results cannot be saved, the claims are kept, and the channels are served again.
      if (await results.save()) await store.giveBack(claimant, claims);
    } finally {
      for (const service of idle) stopping.delete(service);
      dueSignal.notify();
    }
  }

  /** Gives back each channel as soon as its own attempts have ended. Never rejects. */
  async function giveBackEach(): Promise<void> {
    const givenBack = await Promise.allSettled([...services.values()].map((service) => giveBack([service])));
    if (givenBack.some(({ status }) => status === 'rejected'))
      log.error({}, 'Giving back channels failed. Other processes claim them after 5 s.');
  }

  return {
    /** Starts to claim and serve channels. */
    start: (): void => {
      store.listen((channel, what) => {
        const service = services.get(channel);
        if (!service) dueSignal.notify();
        else if (what === 'deliveries') void service.fetchNew();
        else void service.reloadSubscriptions();
      });
      loops = Promise.all([
        repeat(claimDue, 'Claiming channels failed. Retrying in 1 s.'),
        repeat(beatNext, 'Renewing the heartbeat of this process failed. Retrying in 1 s.'),
        repeat(maintain, 'Looking at the claims of this process failed. Retrying in 1 s.'),
      ]);
    },

    /** Saves all results, so that the state in the store is current. */
    saveResults: (): Promise<unknown> => results.save(),

    /** Waits for attempts in flight, saves results, and ends all claims. If the store fails, the claims expire. */
    stop: async (): Promise<void> => {
      stop.abort();
      dueSignal.notify();
      claimedSignal.notify();
      // Stop the services before the loops end, so that no more attempts start.
      await Promise.all([loops, giveBackEach()]);
      await giveBackEach();
    },
  };
}
