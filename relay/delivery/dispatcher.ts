/**
 * The dispatcher leases channels that have work to do, serves each with a {@link ChannelService}, renews the leases and
 * releases channels that are idle. Several processes can run a dispatcher on one store, and each channel is served by
 * one process. An idle channel uses neither memory nor queries.
 */

import { randomUUID } from 'node:crypto';

import { nameOf } from '../log.ts';
import { shortNameOf } from '../short-name.ts';
import type { Lease } from '../store/lease.ts';
import type { OnChange } from '../store/store.ts';
import { AttemptWriter } from './attempt-writer.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { ChannelService } from './channel-service.ts';
import type { DispatcherOptions } from './dispatcher-options.ts';
import { LoadSharing } from './load-sharing.ts';
import { ProgressWriter } from './progress-writer.ts';
import { ReleaseQueue, type StoppedServices } from './release-queue.ts';
import { RetrySlots } from './retry-slots.ts';
import { WakeUpSignal } from './wake-up-signal.ts';

/** Lease duration: the time after which other processes take over the channels of a process that died. */
const LEASE_MS = 5_000;
/**
 * Time that the holder relies on its lease. It is shorter than the lease, because the database can lose a renewal in a
 * crash and clocks differ.
 */
const SAFE_LEASE_MS = 3_000;
const RENEW_INTERVAL_MS = 1_000;
/** Time without new deliveries after which a channel is released, unless a retry is due within the same time. */
const IDLE_TIMEOUT_MS = 2_000;
/** Maximum number of channels that one process serves at the same time. */
const MAX_LEASES = 1_000;
/** Maximum number of channels to lease at once. Processes that start together lease in turns, so each gets a share. */
const MAX_LEASES_AT_ONCE = 50;
/** Minimum time that a busy channel is served before it may be released to make room for a channel that is due. */
const TIME_SLICE_MS = 500;
/**
 * Fraction of the served channels that may be released at a time to make room. All channels can be released within one
 * time slice.
 */
const YIELD_FRACTION = 1 / 5;
/** Maximum number of retries in flight; a quarter of the connections to one host. */
const MAX_RETRIES_IN_FLIGHT = 512;
/** Minimum pause between lease requests, to avoid busy-polling for due channels that another process is leasing. */
const MIN_LEASE_INTERVAL_MS = 100;

/** Delivers the events of a store's channels to their subscriptions, together with the dispatchers of other processes. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #holder = randomUUID();
  readonly #retrySlots: RetrySlots;
  readonly #services = new Map<string, ChannelService>();
  /** Services that are released to make room for others, or handed over to other processes. */
  readonly #releaseQueue: ReleaseQueue;
  readonly #sharing: LoadSharing;
  readonly #maxLeases: number;
  readonly #stop = new AbortController();
  /** Notified when a channel may have become due, or when there is room for another lease. */
  readonly #dueSignal = new WakeUpSignal();
  /** Notified when a channel is leased. */
  readonly #leasedSignal = new WakeUpSignal();
  readonly #progressWriter: ProgressWriter;
  readonly #attemptWriter: AttemptWriter;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: DispatcherOptions) {
    const { store, clock, log, maxRetriesInFlight = MAX_RETRIES_IN_FLIGHT, maxLeases = MAX_LEASES } = options;
    this.#maxLeases = maxLeases;
    this.#options = options;
    this.#retrySlots = new RetrySlots(maxRetriesInFlight);
    const parts = { store, clock, log, signal: this.#stop.signal };
    this.#progressWriter = new ProgressWriter(parts);
    this.#attemptWriter = new AttemptWriter(parts);
    const releaseQueue = new ReleaseQueue({ ...parts, giveBack: (stopped) => this.#giveBack(stopped) });
    this.#releaseQueue = releaseQueue;
    this.#sharing = new LoadSharing({ ...parts, holder: this.#holder, services: () => this.#lasting, releaseQueue });
  }

  /**
   * Starts to lease and serve channels.
   *
   * @throws if the store cannot report changes
   */
  async start(): Promise<void> {
    await this.#options.store.listen(this.#holder, this.#onChange);
    this.#loops = Promise.all([
      this.#repeat(() => this.#leaseChannels(), 'Leasing channels failed. Retrying in 1 s.'),
      this.#repeat(() => this.#maintainLeases(), 'Renewing leases failed. Retrying in 1 s.'),
      this.#repeat(() => this.#sharing.share(), 'Sharing channels with other processes failed. Retrying in 1 s.'),
    ]);
  }

  /** Runs a task repeatedly until the dispatcher stops. After an error, logs the message and pauses. */
  async #repeat(task: () => Promise<void>, errorMessage: string): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await task();
      } catch (error) {
        log.error({ error: nameOf(error) }, errorMessage);
        await clock.sleep(STORE_RETRY_MS, this.#stop.signal);
      }
    }
  }

  readonly #onChange: OnChange = (channel, what) => {
    const service = this.#services.get(channel);
    if (!service) {
      this.#dueSignal.notify();
    } else if (what === 'deliveries') {
      void service.fetchNew();
    } else {
      service.reloadSubscriptions().catch(() => {
        // The next renewal sees the changed revision and reloads the subscriptions.
      });
    }
  };

  /** Leases due channels, then sleeps until more may be due. */
  async #leaseChannels(): Promise<void> {
    const { store, clock } = this.#options;
    // Take the signal before the request, so that a notification during the request skips the sleep below.
    const { signal } = this.#dueSignal;
    const now = clock.now();
    const room = this.#maxLeases - this.#services.size + this.#releaseQueue.size;
    const limit = Math.max(0, Math.min(room, MAX_LEASES_AT_ONCE));
    const { leases, lookAgainInMs } = await store.lease({ holder: this.#holder, limit, milliseconds: LEASE_MS });
    for (const lease of leases) this.#serve(lease, now + SAFE_LEASE_MS);
    // A notification during the request may have been about a channel that had no service yet.
    if (signal.aborted) for (const { channel } of leases) void this.#services.get(channel)?.fetchNew();
    if (leases.length > 0 && leases.length === limit) return;
    const wait = lookAgainInMs === null ? Infinity : Math.max(MIN_LEASE_INTERVAL_MS, now + lookAgainInMs - clock.now());
    if (limit === 0) {
      if (lookAgainInMs !== null && lookAgainInMs <= 0) this.#makeRoom();
      // Without room for another lease, notifications are ignored, because each new delivery for an unleased channel
      // sends one.
      await clock.sleep(Math.min(wait, MIN_LEASE_INTERVAL_MS), this.#stop.signal);
    } else {
      await clock.sleep(wait, signal);
    }
  }

  /** The services that are not being released, in the order of their leases. */
  get #lasting(): ChannelService[] {
    return [...this.#services.values()].filter((service) => !this.#releaseQueue.has(service));
  }

  /** Releases the channels that have been served longest, if their time slice is over. They are due again at once. */
  #makeRoom(): void {
    const now = this.#options.clock.now();
    const services = this.#lasting.filter(({ leasedAt }) => now - leasedAt >= TIME_SLICE_MS);
    for (const service of services.slice(0, Math.ceil(this.#maxLeases * YIELD_FRACTION))) {
      this.#releaseQueue.add(service);
    }
  }

  #serve(lease: Lease, heldUntil: number): void {
    const { random = Math.random, metrics } = this.#options;
    const service = new ChannelService(lease, heldUntil, {
      ...this.#options,
      random,
      metrics,
      retrySlots: this.#retrySlots,
      reportProgress: (progress, urgency) => {
        this.#progressWriter.add(progress, urgency);
      },
      recordAttempt: this.#attemptWriter.add,
    });
    const previous = this.#services.get(lease.channel);
    if (previous) this.#discard(previous);
    this.#services.set(lease.channel, service);
    metrics?.leasedChannels.set(this.#services.size);
    this.#leasedSignal.notify();
  }

  /** Waits for the renewal interval, then releases idle channels and renews the leases of the others. */
  async #maintainLeases(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#leasedSignal;
    if (this.#services.size === 0 && !this.#progressWriter.isSaveDue) {
      await clock.sleep(Infinity, signal);
      return;
    }
    await clock.sleep(RENEW_INTERVAL_MS, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    for (const service of this.#services.values()) if (service.isLeaseLost) this.#discard(service);
    if (this.#progressWriter.isSaveDue) await this.#progressWriter.save();
    await this.#release(this.#lasting.filter((service) => this.#isIdle(service)));
    await this.#renewLeases();
  }

  #isIdle(service: ChannelService): boolean {
    const now = this.#options.clock.now();
    // Without room for other channels, a channel is released as soon as it has nothing to do.
    const timeout = this.#services.size < this.#maxLeases ? IDLE_TIMEOUT_MS : 0;
    service.clearFeedIfIdle();
    return service.dueAt > now + timeout && now - service.lastFetchAt >= timeout;
  }

  async #renewLeases(): Promise<void> {
    const { store, clock, log } = this.#options;
    const now = clock.now();
    const services = [...this.#services.values()];
    if (services.length === 0) return;
    const positions = await store.renew(
      services.map(({ leaseId }) => leaseId),
      LEASE_MS,
    );
    const renewed = new Map(positions.map((position) => [position.leaseId, position]));
    for (const service of services) {
      const position = renewed.get(service.leaseId);
      if (!position) {
        // If the service was released during the renewal, its lease is not lost.
        if (this.#services.get(service.channel) === service) this.#discard(service);
        continue;
      }
      if (!position.isLocked) service.heldUntil = now + SAFE_LEASE_MS;
      service.reconcile(position).catch((error: unknown) => {
        log.error(
          { channel: shortNameOf(service.channel), error: nameOf(error) },
          'Loading subscriptions failed. Retrying with the next lease renewal.',
        );
      });
    }
  }

  /** Stops a service whose lease was lost: it expired, or the channel was deleted. */
  #discard(service: ChannelService): void {
    if (this.#services.get(service.channel) === service) this.#services.delete(service.channel);
    void service.stop();
    this.#options.metrics?.leasedChannels.set(this.#services.size);
    this.#options.metrics?.leasesLost.inc();
    this.#dueSignal.notify();
  }

  /** Stops services, saves their progress and releases their leases. */
  async #release(services: readonly ChannelService[]): Promise<void> {
    if (services.length === 0) return;
    const stops = services.map(async (service) => [service, await service.stopForRelease()] as const);
    await this.#giveBack(new Map(await Promise.all(stops)));
  }

  /** Saves the progress of stopped services and releases their leases. */
  async #giveBack(stopped: StoppedServices): Promise<void> {
    for (const service of stopped.keys()) {
      if (this.#services.get(service.channel) === service) this.#services.delete(service.channel);
    }
    this.#options.metrics?.leasedChannels.set(this.#services.size);
    // If the save fails, the leases expire instead, and the next holder continues from the older progress.
    if (await this.#progressWriter.save()) {
      const now = this.#options.clock.now();
      // A lease with unsaved progress is left to expire, so that there is time to save the progress.
      const releases = [...stopped.values()]
        .filter(({ leaseId }) => !this.#progressWriter.hasUnsaved(leaseId))
        .map(({ dueAt, ...position }) => ({
          ...position,
          dueInMs: dueAt === Infinity ? null : Math.max(0, dueAt - now),
        }));
      await this.#options.store.release(releases);
    }
    this.#dueSignal.notify();
  }

  /** Saves all progress and attempts, so that the state in the store is current. */
  async settle(): Promise<void> {
    await Promise.all([this.#progressWriter.save(), this.#attemptWriter.save()]);
  }

  /**
   * Stops the dispatcher: starts no more attempts, waits for attempts in flight, saves progress, and releases all
   * leases.
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#dueSignal.notify();
    this.#leasedSignal.notify();
    // Release the services before the loops end, so that no more attempts start. The loops may still lease more
    // channels.
    const released = this.#release([...this.#services.values()]);
    const withdrawn = this.#loops.then(() => this.#sharing.withdraw());
    await Promise.all([withdrawn, released, this.#releaseQueue.idle()]);
    await this.#release([...this.#services.values()]);
    await this.#attemptWriter.save();
  }
}
