/**
 * The dispatcher claims channels that have work to do, serves each with a {@link ChannelService}, and gives back
 * channels that are idle. Several processes can run a dispatcher on one store. Each channel is served by one process.
 * An idle channel uses no memory.
 */

import { WakeUpSignal, type Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { HeartbeatFailure } from '../store/outcomes/claims.ts';
import type { HeldClaim } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSender } from './attempt-sender.ts';
import { createAttemptSlots } from './attempt-slots.ts';
import { Attempts } from './attempts.ts';
import { ChannelService, type ServiceParts } from './channel-service.ts';
import { BEAT_INTERVAL_MS, Claimant } from './claimant.ts';
import { createContentCache } from './content-cache.ts';
import { DueChannels, type Claimed } from './due-channels.ts';
import { STORE_RETRY_MS } from './retry-policy.ts';
import { ResultsWriter } from './results-writer.ts';
import { hasSteppedBack } from './step-back.ts';

/** Maximum number of attempts in flight. */
const MAX_ATTEMPTS = 2_000;

/** The dependencies and limits of a dispatcher. */
export interface DispatcherOptions {
  readonly store: Store;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Returns a random number from 0 to 1 for the jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Maximum rates in deliveries per second. */
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
  /** Maximum number of attempts in flight. Default: 2,000. */
  readonly maxAttempts?: number;
  /** Maximum number of sealed bytes of larger deliveries in flight. Default: 40 MiB. */
  readonly maxAttemptBytes?: number;
}

/**
 * Delivers the events of a store's channels to their subscriptions, together with the dispatchers of other processes.
 */
export class Dispatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics | undefined;
  readonly #claimant: Claimant;
  readonly #results: ResultsWriter;
  readonly #serviceParts: ServiceParts;
  /** The services of claimed channels by the names of the channels. */
  readonly #services = new Map<string, ChannelService>();
  /** Services that are being given back. */
  readonly #stopping = new Set<ChannelService>();
  readonly #stop = new AbortController();
  readonly #due: DueChannels;
  /** Notified when a channel is claimed. */
  readonly #claimedSignal = new WakeUpSignal();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: DispatcherOptions) {
    const { store, sender, clock, log, metrics, random = Math.random, maxAttempts = MAX_ATTEMPTS } = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    this.#claimant = new Claimant(store, clock);
    this.#results = new ResultsWriter({
      store,
      clock,
      log,
      signal: this.#stop.signal,
      onLost: (claim) => {
        this.#dropLost(claim);
      },
    });
    this.#due = new DueChannels({
      store,
      clock,
      claimant: this.#claimant,
      stopped: this.#stop.signal,
      isServed: (channel) => this.#services.has(channel),
      beat: () => this.#beat(),
      serve: (claimed) => {
        this.#serveOnce(claimed);
      },
    });
    const attempts = new Attempts({
      contents: createContentCache(store),
      slots: createAttemptSlots(maxAttempts, options.maxAttemptBytes),
      sender,
      clock,
      metrics,
      claimant: this.#claimant,
    });
    const { pacePerSubscription, pacePerChannel } = options;
    const paces = { pacePerSubscription, pacePerChannel };
    this.#serviceParts = { store, attempts, results: this.#results, clock, log, metrics, random, ...paces };
  }

  /** Starts to claim and serve channels. */
  start(): void {
    this.#store.listen((channel, what) => {
      const service = this.#services.get(channel);
      if (!service) this.#due.recordChange(channel, what);
      else if (what === 'deliveries') void service.fetchNew();
      else void service.reloadSubscriptions();
    });
    this.#loops = Promise.all([
      this.#repeat(() => this.#due.claimNext(), 'Claiming channels failed. Retrying in 1 s.', STORE_RETRY_MS),
      // These tasks begin with a pause.
      this.#repeat(() => this.#beatNext(), 'Renewing the heartbeat of this process failed. Retrying in 1 s.'),
      this.#repeat(() => this.#maintain(), 'Looking at the claims of this process failed. Retrying in 1 s.'),
    ]);
  }

  /** Saves all results, so that the state in the store is current. */
  saveResults(): Promise<unknown> {
    return this.#results.save();
  }

  /** Waits for attempts in flight, saves results, and ends all claims. If the store fails, the claims expire. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#due.wake();
    this.#claimedSignal.notify();
    // Stop the services before the loops end, so that no more attempts start.
    await Promise.all([this.#loops, this.#giveBackEach()]);
    await this.#giveBackEach();
  }

  /** Repeats a task until the dispatcher stops. After an error, logs the message and pauses for some milliseconds. */
  async #repeat(task: () => Promise<void>, errorMessage: string, pauseMs = 0): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await task();
      } catch (error) {
        this.#log.error({ error: nameOf(error) }, errorMessage);
        await this.#clock.sleep(pauseMs, this.#stop.signal);
      }
    }
  }

  /** Waits until there is a claim, and then for the interval. Returns false if the dispatcher stops. */
  async #nextInterval(): Promise<boolean> {
    const { signal } = this.#claimedSignal;
    if (this.#services.size === 0 && !this.#stop.signal.aborted) await this.#clock.sleep(Infinity, signal);
    await this.#clock.sleep(BEAT_INTERVAL_MS, this.#stop.signal);
    return !this.#stop.signal.aborted;
  }

  // The heartbeat

  /**
   * Waits for the interval, and renews the heartbeat. The loop waits for nothing else, because the claims depend on the
   * heartbeat.
   */
  async #beatNext(): Promise<void> {
    if (await this.#nextInterval()) await this.#beat();
  }

  /** Renews the heartbeat. If the heartbeat cannot be renewed, starts again under a new id. */
  async #beat(): Promise<void> {
    // Without claims, there is no heartbeat.
    if (!this.#claimant.isFresh && this.#services.size + this.#stopping.size === 0) this.#claimant.renewId();
    const failure = await this.#claimant.beat();
    if (failure !== null) this.#startAgain(failure);
  }

  /**
   * Drops all claims and continues under a new id. Results that are not saved yet are saved under the former id, if its
   * claims are not lost.
   */
  #startAgain(reason: HeartbeatFailure): void {
    if (reason === 'too old') {
      this.#log.warn({}, 'The heartbeat of this process is too old. Dropping all claims and starting again.');
    } else {
      this.#log.error(
        {},
        'The database has gone back to an earlier state, for example in a failover to an older standby. Events that were ' +
          'stored after that state are lost. Follow "After a step back" in docs/relay-variants.md.',
      );
    }
    for (const channel of this.#services.keys()) this.#drop(channel);
    this.#claimant.renewId();
    this.#due.lookAgain();
  }

  // Claims

  /** Serves a claimed channel, unless the channel is already served because the response to the claim was late. */
  #serveOnce(claimed: Claimed): void {
    if (this.#services.get(claimed.channel)?.id.claim !== claimed.claim) this.#serve(claimed);
  }

  #serve(claimed: Claimed): void {
    this.#drop(claimed.channel);
    const service = new ChannelService(claimed, this.#claimant.id, this.#serviceParts);
    this.#services.set(claimed.channel, service);
    this.#metrics?.claimedChannels.set(this.#services.size);
    this.#claimedSignal.notify();
    // The notification of a change after the claim may have arrived before there was a service.
    if (this.#due.hasChanged(claimed.channel, 'deliveries')) void service.fetchNew();
    if (this.#due.hasChanged(claimed.channel, 'subscriptions')) void service.reloadSubscriptions();
  }

  /** Waits for the interval, and reconciles the services with the claims in the store. */
  async #maintain(): Promise<void> {
    if (!(await this.#nextInterval())) return;
    const claimant = this.#claimant.id;
    const known = [...this.#services.values()].map((service) => ({ service, position: service.position }));
    const seqs = known.flatMap(({ position }) => position.newestArrival?.seq ?? []);
    const ids = new Map((await this.#store.deliveryIds(seqs)).map(({ seq, deliveryId }) => [seq, deliveryId]));
    const claimed = new Map((await this.#store.claimed(claimant)).map((each) => [each.channel, each]));
    if (claimant !== this.#claimant.id) return;
    for (const { service, position } of known) {
      const { channel, id } = service;
      if (this.#services.get(channel) !== service) continue;
      const current = claimed.get(channel);
      if (current && hasSteppedBack(position, current, ids)) {
        this.#startAgain('stepped back');
        return;
      }
      if (current?.claim !== id.claim) this.#drop(channel);
      else service.reconcile(current);
    }
    // A claim without a service shows that the response to the claim was lost.
    for (const each of claimed.values()) if (!this.#isServed(each.channel)) this.#serve(each);
    if (![...this.#services.values()].some(({ isIdle }) => isIdle)) return;
    // A channel that is served again while its results cannot be saved would send its events again.
    if (await this.#results.save()) await this.#giveBack([...this.#services.values()].filter(({ isIdle }) => isIdle));
  }

  #isServed(channel: string): boolean {
    return this.#services.has(channel) || [...this.#stopping].some((service) => service.channel === channel);
  }

  /** Stops the service of a channel whose claim is lost, because the claim was dropped or the channel was deleted. */
  #drop(channel: string): void {
    const service = this.#services.get(channel);
    if (!service) return;
    this.#services.delete(channel);
    void service.stop();
    this.#metrics?.claimedChannels.set(this.#services.size);
    this.#metrics?.claimsLost.inc();
    this.#due.lookAgain();
  }

  /** Drops a lost claim, but not a later claim on the same channel. */
  #dropLost(claim: HeldClaim): void {
    for (const service of this.#services.values()) if (service.id === claim) this.#drop(service.channel);
  }

  /** Stops services, saves their results and ends their claims. */
  async #giveBack(idle: readonly ChannelService[]): Promise<void> {
    if (idle.length === 0) return;
    const claimant = this.#claimant.id;
    for (const service of idle) {
      this.#services.delete(service.channel);
      this.#stopping.add(service);
    }
    this.#metrics?.claimedChannels.set(this.#services.size);
    try {
      const claims = await Promise.all(idle.map((service) => service.stop()));
      // If the results cannot be saved, the claims are kept, and the channels are served again.
      if (await this.#results.save()) await this.#store.giveBack(claimant, claims);
    } finally {
      for (const service of idle) this.#stopping.delete(service);
      this.#due.lookAgain();
    }
  }

  /** Gives back each channel as soon as its attempts have ended. Never rejects. */
  async #giveBackEach(): Promise<void> {
    const givenBack = await Promise.allSettled(
      [...this.#services.values()].map((service) => this.#giveBack([service])),
    );
    if (givenBack.some(({ status }) => status === 'rejected'))
      this.#log.error({}, 'Giving back channels failed. Other processes claim them after 5 s.');
  }
}
