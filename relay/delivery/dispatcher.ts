/**
 * The dispatcher claims channels that have work to do, and renews the heartbeat on which the claims depend. Several
 * processes can run a dispatcher on one store. Each channel is served by one process. An idle channel uses no memory.
 */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { HeartbeatFailure } from '../store/outcomes/claims.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSender } from './attempt-sender.ts';
import { createAttemptSlots } from './attempt-slots.ts';
import { Attempts } from './attempts.ts';
import { BEAT_INTERVAL_MS, Claimant } from './claimant.ts';
import { ClaimedServices } from './claimed-services.ts';
import { createContentCache } from './content-cache.ts';
import { DueChannels } from './due-channels.ts';
import { STORE_RETRY_MS } from './retry-policy.ts';
import { ResultsWriter } from './results-writer.ts';

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
  /** Maximum number of sealed bytes of large deliveries in flight. Default: 40 MiB. */
  readonly maxAttemptBytes?: number;
}

/**
 * Delivers the events of a store's channels to their subscriptions, together with the dispatchers of other processes.
 */
export class Dispatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #claimant: Claimant;
  readonly #results: ResultsWriter;
  readonly #services: ClaimedServices;
  readonly #stop = new AbortController();
  readonly #due: DueChannels;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: DispatcherOptions) {
    const { store, sender, clock, log, metrics, random = Math.random, maxAttempts = MAX_ATTEMPTS } = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#claimant = new Claimant(store, clock);
    this.#results = new ResultsWriter({
      store,
      clock,
      log,
      signal: this.#stop.signal,
      onLost: (claim) => {
        this.#services.dropLost(claim);
      },
    });
    this.#due = new DueChannels({
      store,
      clock,
      claimant: this.#claimant,
      stopped: this.#stop.signal,
      isServed: (channel) => this.#services.get(channel) !== undefined,
      beat: () => this.#beat(),
      serve: (claimed) => {
        this.#services.serveOnce(claimed);
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
    this.#services = new ClaimedServices({
      store,
      log,
      metrics,
      claimant: this.#claimant,
      results: this.#results,
      due: this.#due,
      serviceParts: { store, attempts, results: this.#results, clock, log, metrics, random, ...paces },
      onStepBack: () => {
        this.#startAgain('stepped back');
      },
    });
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
      // These tasks begin with a pause, so no additional pause is needed after an error.
      this.#repeat(() => this.#beatNext(), 'Renewing the heartbeat of this process failed. Retrying in 1 s.'),
      this.#repeat(() => this.#maintain(), 'Reading the claims of this process failed. Retrying in 1 s.'),
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
    this.#services.claimed.notify();
    // Stop the services before the loops end, so that no more attempts start.
    await Promise.all([this.#loops, this.#services.giveBackEach()]);
    await this.#services.giveBackEach();
  }

  /**
   * Repeats a task until the dispatcher stops. After an error, logs a message and pauses.
   *
   * @param pauseMs - length of the pause in milliseconds
   */
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

  /** Waits until the process has a claim, and then for the interval. Returns false if the dispatcher stops. */
  async #nextInterval(): Promise<boolean> {
    const { signal } = this.#services.claimed;
    if (!this.#services.areServing && !this.#stop.signal.aborted) await this.#clock.sleep(Infinity, signal);
    await this.#clock.sleep(BEAT_INTERVAL_MS, this.#stop.signal);
    return !this.#stop.signal.aborted;
  }

  /** Waits for the interval, and reconciles the services with the claims in the store. */
  async #maintain(): Promise<void> {
    if (await this.#nextInterval()) await this.#services.reconcile();
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
    // A process without claims sends no heartbeats, so its last heartbeat might be too old to be renewed.
    if (!this.#claimant.isFresh && !this.#services.haveClaims) this.#claimant.renewId();
    const failure = await this.#claimant.beat();
    if (failure !== null) this.#startAgain(failure);
  }

  /**
   * Drops all claims and continues under a new id. Unsaved results are still saved under the former id, unless its
   * claims are lost.
   */
  #startAgain(reason: HeartbeatFailure): void {
    if (reason === 'too old') {
      this.#log.warn({}, 'The heartbeat of this process is too old. Dropping all claims and starting again.');
    } else {
      this.#log.error(
        {},
        'The database has gone back to an earlier state, for example after a failover to a standby that lags behind. Events that were ' +
          'stored after that state are lost. Follow "After a step back" in docs/relay-variants.md.',
      );
    }
    this.#services.dropAll();
    this.#claimant.renewId();
    this.#due.lookAgain();
  }
}
