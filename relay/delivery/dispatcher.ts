/**
 * The dispatcher claims channels that have work to do, serves each with a {@link ChannelService}, and gives back channels
 * that are idle. Several processes can run a dispatcher on one store, and each channel is served by one process. An idle
 * channel uses no memory.
 */

import { randomUUID } from 'node:crypto';

import { nameOf } from '../log.ts';
import { HEARTBEAT_MS, type ClaimedChannel } from '../store/claims.ts';
import type { OnChange } from '../store/database.ts';
import { AttemptSlots } from './attempt-slots.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { ChannelService } from './channel-service.ts';
import { ContentCache } from './content-cache.ts';
import { ResultsWriter } from './results-writer.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { DeliveryOptions, DispatcherOptions } from './worker-options.ts';

/** Interval of heartbeats, and of looks at the channels that the process has claimed. */
const INTERVAL_MS = 1_000;
/** Time without new sends after which a channel is given back, unless a retry is due within the same time. */
const IDLE_TIMEOUT_MS = 2_000;
/** Maximum number of channels to claim at once. */
const MAX_CLAIMS_AT_ONCE = 50;
/** Maximum number of attempts in flight. */
const MAX_ATTEMPTS = 2_000;
/** Maximum pause between two looks for due channels. Other processes notify nobody. */
const MAX_CLAIM_INTERVAL_MS = 5_000;
/** Pause after a claim of nothing, although a channel was due. */
const MIN_CLAIM_INTERVAL_MS = 20;

/** Delivers the events of a store's channels to their subscriptions, together with the dispatchers of other processes. */
export class Dispatcher {
  readonly #options: DeliveryOptions;
  readonly #results: ResultsWriter;
  /** The services by the name of their channel. */
  readonly #services = new Map<string, ChannelService>();
  /** Services that are being given back. */
  readonly #stopping = new Set<ChannelService>();
  readonly #stop = new AbortController();
  /** Notified when a channel may have become due. */
  readonly #dueSignal = new WakeUpSignal();
  /** Notified when a channel is claimed. */
  readonly #claimedSignal = new WakeUpSignal();
  /** The id under which this process holds its claims. */
  #process: string = randomUUID();
  #isRegistered = false;
  /** Time until which no other process can claim the channels of this process. */
  #aliveUntil = -Infinity;
  #loops: Promise<unknown> = Promise.resolve();

  constructor({ random = Math.random, maxAttempts = MAX_ATTEMPTS, ...options }: DispatcherOptions) {
    this.#results = new ResultsWriter({
      ...options,
      process: () => this.#process,
      signal: this.#stop.signal,
      onLost: ({ channel, claim }) => {
        // The results may be those of a former claim on a channel that the process has claimed again.
        for (const service of this.#services.values())
          if (service.key === channel && service.claim === claim) this.#drop(service.channel);
      },
    });
    this.#options = {
      ...options,
      random,
      slots: new AttemptSlots(maxAttempts),
      contents: new ContentCache(options.store),
      results: this.#results,
      isAlive: () => this.#isAlive,
    };
  }

  /** Starts to claim and serve channels. */
  start(): void {
    this.#options.store.listen(this.#onChange);
    this.#loops = Promise.all([
      this.#repeat(() => this.#claim(), 'Claiming channels failed. Retrying in 1 s.'),
      this.#repeat(() => this.#maintain(), 'Renewing the claims of this process failed. Retrying in 1 s.'),
    ]);
  }

  /** Runs a task repeatedly until the dispatcher stops. After an error, logs the message and pauses. */
  async #repeat(task: () => Promise<void>, errorMessage: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await task();
      } catch (error) {
        this.#options.log.error({ error: nameOf(error) }, errorMessage);
        await this.#options.clock.sleep(STORE_RETRY_MS, this.#stop.signal);
      }
    }
  }

  readonly #onChange: OnChange = (channel, what) => {
    const service = this.#services.get(channel);
    if (!service) this.#dueSignal.notify();
    else if (what === 'deliveries') void service.fetchNew();
    else void service.reloadSubscriptions();
  };

  get #isAlive(): boolean {
    return this.#options.clock.now() < this.#aliveUntil;
  }

  /**
   * Renews the heartbeat. If it is too old to be renewed, drops all claims and continues under a new id. Without claims,
   * there is no heartbeat.
   */
  async #beat(): Promise<void> {
    if (!this.#isAlive && this.#services.size + this.#stopping.size === 0) {
      this.#process = randomUUID();
      this.#isRegistered = false;
    }
    const now = this.#options.clock.now();
    if (await this.#options.store.heartbeat(this.#process, !this.#isRegistered)) {
      this.#isRegistered = true;
      this.#aliveUntil = now + HEARTBEAT_MS;
      return;
    }
    this.#options.log.warn({}, 'The heartbeat of this process is too old. Dropping all claims and starting again.');
    await this.#results.save();
    for (const channel of this.#services.keys()) this.#drop(channel);
    this.#process = randomUUID();
    this.#isRegistered = false;
    this.#dueSignal.notify();
  }

  /** Claims due channels, then sleeps until more may be due. */
  async #claim(): Promise<void> {
    // Take the signal before the request, so that a notification during the request skips the sleep below.
    const { signal } = this.#dueSignal;
    const dueInMs = await this.#options.store.dueInMs(this.#process, this.#options.clock.now());
    if (dueInMs > 0) {
      await this.#options.clock.sleep(Math.min(MAX_CLAIM_INTERVAL_MS, dueInMs), signal);
      return;
    }
    if (!this.#isAlive) await this.#beat();
    const process = this.#process;
    const claims = await this.#options.store.claim(process, MAX_CLAIMS_AT_ONCE);
    for (const claim of process === this.#process ? claims : []) {
      // If the response was late, the channel is already served.
      if (this.#services.get(claim.channel)?.claim !== claim.claim) this.#serve(claim);
    }
    // Another process may be claiming the channel that is due.
    if (claims.length === 0) await this.#options.clock.sleep(MIN_CLAIM_INTERVAL_MS, this.#stop.signal);
  }

  #serve(claim: ClaimedChannel): void {
    this.#drop(claim.channel);
    const service = new ChannelService(claim, this.#options);
    this.#services.set(claim.channel, service);
    this.#options.metrics?.claimedChannels.set(this.#services.size);
    this.#claimedSignal.notify();
    // A notification may have arrived before there was a service.
    void service.fetchNew();
  }

  /** Waits for the interval, renews the heartbeat, and reconciles the services with the claims in the store. */
  async #maintain(): Promise<void> {
    const { signal } = this.#claimedSignal;
    if (this.#services.size === 0 && !this.#stop.signal.aborted) await this.#options.clock.sleep(Infinity, signal);
    await this.#options.clock.sleep(INTERVAL_MS, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    await this.#beat();
    const process = this.#process;
    const known = new Map(this.#services);
    const claimed = new Map((await this.#options.store.claimed(process)).map((each) => [each.channel, each]));
    if (process !== this.#process) return;
    for (const [channel, service] of known) {
      if (this.#services.get(channel) !== service) continue;
      const position = claimed.get(channel);
      if (position?.claim !== service.claim) this.#drop(channel);
      else service.reconcile(position);
    }
    const isServed = (channel: string) =>
      this.#services.has(channel) || [...this.#stopping].some((service) => service.channel === channel);
    // The response to the claim was lost.
    for (const each of claimed.values()) if (!isServed(each.channel)) this.#serve(each);
    await this.#giveBack([...this.#services.values()].filter((service) => this.#isIdle(service)));
  }

  #isIdle(service: ChannelService): boolean {
    const now = this.#options.clock.now();
    return service.dueAt > now + IDLE_TIMEOUT_MS && now - service.activeAt >= IDLE_TIMEOUT_MS;
  }

  /** Stops the service of a channel whose claim is lost: it was dropped, or the channel was deleted. */
  #drop(channel: string): void {
    const service = this.#services.get(channel);
    if (!service) return;
    this.#services.delete(channel);
    void service.stop();
    this.#results.forget({ channel: service.key, claim: service.claim });
    this.#options.metrics?.claimedChannels.set(this.#services.size);
    this.#options.metrics?.claimsLost.inc();
    this.#dueSignal.notify();
  }

  /** Stops services, saves their results and ends their claims. */
  async #giveBack(services: readonly ChannelService[]): Promise<void> {
    if (services.length === 0) return;
    for (const service of services) {
      this.#services.delete(service.channel);
      this.#stopping.add(service);
    }
    this.#options.metrics?.claimedChannels.set(this.#services.size);
    try {
      const claims = await Promise.all(services.map((service) => service.stop()));
      // If the results cannot be saved, the claims are kept, and the channels are served again.
      if (await this.#results.save()) await this.#options.store.giveBack(this.#process, claims);
    } finally {
      for (const service of services) this.#stopping.delete(service);
      this.#dueSignal.notify();
    }
  }

  /** Saves all results, so that the state in the store is current. */
  async saveResults(): Promise<void> {
    await this.#results.save();
  }

  /**
   * Stops the dispatcher: starts no more attempts, waits for attempts in flight, saves results, and ends all claims. If
   * the store fails, the claims expire.
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#dueSignal.notify();
    this.#claimedSignal.notify();
    // Stop the services before the loops end, so that no more attempts start.
    await Promise.all([this.#loops, this.#giveBackEach()]);
    await this.#giveBackEach();
  }

  /** Gives back each channel as soon as its own attempts have ended. Never rejects. */
  async #giveBackEach(): Promise<void> {
    const givenBack = await Promise.allSettled(
      [...this.#services.values()].map((service) => this.#giveBack([service])),
    );
    const failed = givenBack.find(({ status }) => status === 'rejected');
    if (failed) this.#options.log.error({}, 'Giving back channels failed. Other processes claim them after 5 s.');
  }
}
