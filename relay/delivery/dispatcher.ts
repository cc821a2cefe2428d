/**
 * Hands deliveries on: leases channels that have something to do, serves them, and gives back those that are quiet. A
 * target can be down for as long as it likes without holding up any other. What is quiet costs nothing.
 */

import { randomUUID } from 'node:crypto';

import { STORE_RETRY_MS } from './back-off.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import { ChannelService } from './channel-service.ts';
import type { Clock } from '../clock.ts';
import type { AttemptSender } from './attempt.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Lease, OnChange, Progress, Store } from '../store/store.ts';

/** When a process dies, others take its channels over after this. */
const LEASE_MS = 5_000;
/** The holder goes by less: a renewal may be lost when the database crashes, and clocks differ. */
const HELD_MS = 3_000;
const RENEW_MS = 1_000;
/** A channel where nothing came for so long is given back, as is one whose targets rest for longer. */
const LINGER_MS = 2_000;
/** Those that are served at once by one process. */
const MAX_CHANNELS = 500;
/** Progress may be this old when the process dies; what was delivered since then is delivered again. */
const PROGRESS_MS = 20;
/** How far it is past what nobody wants is said this often, or with other progress, as it is soon found out again. */
const SKIPPED_MS = 5_000;
/** What is due and can't be had, as another process is about to, isn't asked for in a circle. */
const MIN_LOOK_MS = 100;

export interface DispatcherOptions {
  readonly store: Store;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
  readonly metrics?: Metrics;
  readonly log: Log;
  /** 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

/** Serves the subscriptions of a store, with all others that do. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #holder = randomUUID();
  readonly #services = new Map<string, ChannelService>();
  readonly #stop = new AbortController();
  readonly #due = new WakeUpSignal();
  readonly #held = new WakeUpSignal();
  #loops: Promise<unknown> = Promise.resolve();
  #unsaved = new Map<string, Progress>();
  #isSaving = false;
  #saving: Promise<boolean> = Promise.resolve(true);
  #skippedSince: number | null = null;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to serve what the store holds. */
  async start(): Promise<void> {
    await this.#options.store.listen(this.#holder, this.#notice);
    this.#loops = Promise.all([
      this.#repeat('Channels could not be leased; trying again.', () => this.#look()),
      this.#repeat('Leases could not be renewed; trying again.', () => this.#keep()),
    ]);
  }

  /** Does something over and over until it stops, and again a little later when the store fails. */
  async #repeat(complaint: string, work: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        log.error({ error: nameOf(error) }, complaint);
        await clock.sleep(STORE_RETRY_MS, signal);
      }
    }
  }

  readonly #notice: OnChange = (channel, what) => {
    const service = this.#services.get(channel);
    if (!service) {
      this.#due.notify();
    } else if (what === 'deliveries') {
      void service.wake();
    } else {
      service.reload().catch(() => {
        // It differs from what the store says, and is loaded again with the next renewal.
      });
    }
  };

  /** Leases what is due, and rests until there may be more. */
  async #look(): Promise<void> {
    const { store, clock } = this.#options;
    // Rung while it looks, it won't rest.
    const { signal } = this.#due;
    const now = clock.now();
    const limit = MAX_CHANNELS - this.#services.size;
    const { leases, lookAgainAt } =
      limit > 0
        ? await store.lease({ holder: this.#holder, limit, milliseconds: LEASE_MS, now })
        : { leases: [], lookAgainAt: now + RENEW_MS };
    for (const lease of leases) this.#serve(lease, now + HELD_MS);
    // What came since may have been told before anybody served it.
    if (signal.aborted) for (const { channel } of leases) void this.#services.get(channel)?.wake();
    if (leases.length > 0 && leases.length === limit) return;
    const rest = lookAgainAt === null ? Infinity : Math.max(MIN_LOOK_MS, lookAgainAt - clock.now());
    await clock.sleep(rest, signal);
  }

  #serve(lease: Lease, heldUntil: number): void {
    const { random = Math.random, metrics } = this.#options;
    const service = new ChannelService(lease, heldUntil, {
      ...this.#options,
      random,
      metrics,
      report: (progress, isUrgent) => {
        this.#report(progress, isUrgent);
      },
    });
    const former = this.#services.get(lease.channel);
    if (former) this.#drop(former);
    this.#services.set(lease.channel, service);
    metrics?.leasedChannels.set(this.#services.size);
    this.#held.notify();
  }

  /** Gives back what is quiet, renews the rest, and rests for a while. */
  async #keep(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#held;
    if (this.#services.size === 0) {
      await clock.sleep(Infinity, signal);
      return;
    }
    await clock.sleep(RENEW_MS, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    for (const service of this.#services.values()) if (service.isLost) this.#drop(service);
    if (this.#skippedSince !== null && clock.now() - this.#skippedSince >= SKIPPED_MS) await this.#save();
    await this.#giveBack([...this.#services.values()].filter((service) => this.#isQuiet(service)));
    await this.#renew();
  }

  #isQuiet(service: ChannelService): boolean {
    const now = this.#options.clock.now();
    const linger = this.#services.size < MAX_CHANNELS ? LINGER_MS : 0;
    service.tidy();
    return service.dueAt > now + linger && now - service.awakeAt >= linger;
  }

  async #renew(): Promise<void> {
    const { store, clock, log } = this.#options;
    const now = clock.now();
    const services = [...this.#services.values()];
    if (services.length === 0) return;
    const positions = await store.renew(
      services.map(({ leaseId }) => leaseId),
      LEASE_MS,
      now,
    );
    const held = new Map(positions.map((position) => [position.leaseId, position]));
    for (const service of services) {
      const position = held.get(service.leaseId);
      if (!position) {
        this.#drop(service);
        continue;
      }
      service.heldUntil = now + HELD_MS;
      service.compare(position).catch((error: unknown) => {
        log.error({ error: nameOf(error) }, 'Subscriptions could not be loaded; trying again.');
      });
    }
  }

  /** Another process has the channel, or it was forgotten. */
  #drop(service: ChannelService): void {
    if (this.#services.get(service.channel) === service) this.#services.delete(service.channel);
    void service.stop();
    this.#options.metrics?.leasedChannels.set(this.#services.size);
    this.#options.metrics?.leasesLost.inc();
    this.#due.notify();
  }

  async #giveBack(services: readonly ChannelService[]): Promise<void> {
    if (services.length === 0) return;
    // Asked before they stop, as those that have stopped have nothing to do.
    const releases = services.map((service) => service.release());
    await Promise.all(services.map((service) => service.stop()));
    for (const service of services) this.#services.delete(service.channel);
    this.#options.metrics?.leasedChannels.set(this.#services.size);
    // What could not be written down is found out again by the next holder, once the leases have expired.
    if (await this.#save()) await this.#options.store.release(releases);
    this.#due.notify();
  }

  /** Takes progress: of deliveries soon, of what was only skipped when there is time. */
  #report(progress: Progress, isUrgent: boolean): void {
    this.#unsaved.set(`${progress.leaseId} ${progress.subscriptionId}`, progress);
    if (!isUrgent) this.#skippedSince ??= this.#options.clock.now();
    else if (!this.#isSaving) void this.#saveSoon();
  }

  async #saveSoon(): Promise<void> {
    this.#isSaving = true;
    await this.#options.clock.sleep(PROGRESS_MS, this.#stop.signal);
    await this.#save();
  }

  /** Writes progress down, one after the other. False when the store failed. */
  #save(): Promise<boolean> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  async #saveNow(): Promise<boolean> {
    const progress = this.#unsaved;
    this.#unsaved = new Map();
    this.#isSaving = false;
    this.#skippedSince = null;
    if (progress.size === 0) return true;
    try {
      await this.#options.store.progress([...progress.values()]);
      return true;
    } catch (error) {
      // It is tried again with the next progress; if the process dies first, some arrives twice.
      this.#unsaved = new Map([...progress, ...this.#unsaved]);
      this.#skippedSince = this.#options.clock.now();
      this.#options.log.error({ error: nameOf(error) }, 'Progress could not be written down.');
      return false;
    }
  }

  /** Writes down how far all are, so that the state in the store is current. */
  async settle(): Promise<void> {
    await this.#save();
  }

  /** Stops: what is in flight arrives, nothing new begins, progress is written down, leases are given back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#due.notify();
    this.#held.notify();
    await this.#loops;
    await this.#giveBack([...this.#services.values()]);
  }
}
