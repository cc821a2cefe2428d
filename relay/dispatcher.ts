/**
 * Hands deliveries on: one worker for each subscription, which sends it what it wants, in order and one at a time, at
 * the pace it may, and waits longer and longer while its target fails. A worker's target can be down for as long as it
 * likes without holding up any other. Every delivery arrives at least once: a cursor is moved only after an answer.
 */

import type { Clock } from './clock.ts';
import type { Attempt, Deliverer } from './deliver.ts';
import type { Metrics } from './metrics.ts';
import { Pace } from './pace.ts';
import { wants, type DeadLetter, type Delivery, type Progress, type Store, type Subscription } from './store/store.ts';

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60 * 60 * 1000;
/** What waits for longer than this at a target that is down is given up. */
const PATIENCE_MS = 24 * 60 * 60 * 1000;
const BATCH = 50;
/** Progress may be this old when the process dies; what was delivered since then is delivered again. */
const PROGRESS_MS = 20;

/** What a dispatcher says, for logs; nothing of it is secret or personal. */
export interface Log {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface DispatcherOptions {
  readonly store: Store;
  readonly deliverer: Deliverer;
  readonly clock: Clock;
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
  readonly metrics?: Metrics;
  readonly log: Log;
  /** 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

/**
 * How long to wait after so many failures in a row: 5 s, doubled each time, up to an hour, a quarter of it by chance,
 * so that targets on one host aren't all asked at once.
 */
export function backOffMs(failures: number, random: number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
  return full * (0.75 + 0.25 * random);
}

/** Something that happened which a sleeping worker wants to know of. */
class Bell {
  #abort = new AbortController();

  /** Aborted at the next ring. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  ring(): void {
    const rung = this.#abort;
    this.#abort = new AbortController();
    rung.abort();
  }
}

class Worker {
  readonly bell = new Bell();
  readonly done: Promise<void>;
  #subscription: Subscription;
  readonly #options: DispatcherOptions;
  readonly #channelPace: Pace;
  readonly #pace: Pace;
  readonly #report: (progress: Progress) => void;
  readonly #end: () => Promise<void>;
  #isStopped = false;

  constructor(
    subscription: Subscription,
    options: DispatcherOptions,
    channelPace: Pace,
    report: (progress: Progress) => void,
    end: () => Promise<void>,
  ) {
    this.#subscription = subscription;
    this.#options = options;
    this.#channelPace = channelPace;
    this.#pace = new Pace(options.pacePerSubscription, options.clock);
    this.#report = report;
    this.#end = end;
    this.done = this.#run();
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  stop(): void {
    this.#isStopped = true;
    this.bell.ring();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      // Rung while it looks, it won't rest.
      const { signal } = this.bell;
      try {
        if (!(await this.#round())) await this.#options.clock.sleep(Infinity, signal);
      } catch (error) {
        // The store fails: nothing is lost, as nothing was moved.
        this.#options.log.error({ error: nameOf(error) }, 'A subscription could not be served; trying again.');
        await this.#options.clock.sleep(1000, this.bell.signal);
      }
    }
  }

  /** Serves what is there. False when there was nothing. */
  async #round(): Promise<boolean> {
    const { store } = this.#options;
    const { id, channel, cursor } = this.#subscription;

    const redriven = await store.redriven(id, BATCH);
    for (const [index, delivery] of redriven.entries()) {
      if (this.#isStopped) return true;
      if (await this.#redeliver(delivery)) continue;
      // The target is still down: the rest stay dead, so that what is new is not held up by them.
      for (const { seq } of redriven.slice(index)) await store.settleRedriven(id, seq, false);
      break;
    }
    const deliveries = await store.deliveriesAfter(channel, cursor, BATCH);
    for (const delivery of deliveries) {
      if (this.#isStopped) return true;
      if (wants(this.#subscription.filter, delivery.actions)) {
        if (!(await this.#deliver(delivery))) return true;
      } else {
        this.#move({ cursor: delivery.seq });
      }
    }
    return redriven.length > 0 || deliveries.length > 0;
  }

  /** Waits as long as back-off and pace ask for. False when it was stopped meanwhile. */
  async #waitForTurn(): Promise<boolean> {
    const { clock } = this.#options;
    while (clock.now() < this.#subscription.nextAttemptAt) {
      if (this.#isStopped) return false;
      await clock.sleep(this.#subscription.nextAttemptAt - clock.now(), this.bell.signal);
    }
    const until = clock.now() + Math.max(this.#pace.take(), this.#channelPace.take());
    while (clock.now() < until) {
      if (this.#isStopped) return false;
      await clock.sleep(until - clock.now(), this.bell.signal);
    }
    return !this.#isStopped;
  }

  async #attempt(delivery: Delivery): Promise<Attempt> {
    const { deliverer, metrics, clock } = this.#options;
    const attempt = await deliverer.attempt(this.#subscription.targetUrl, delivery);
    metrics?.attempts.inc({ result: attempt.result });
    if (attempt.result === 'delivered') metrics?.lagSeconds.observe((clock.now() - delivery.receivedAt) / 1000);
    return attempt;
  }

  /** Delivers one. False when it has to be looked at again. */
  async #deliver(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return false;
    const attempt = await this.#attempt(delivery);
    const now = this.#options.clock.now();
    if (attempt.result === 'delivered') {
      this.#move({ cursor: delivery.seq, failures: 0, nextAttemptAt: 0, lastSuccessAt: now });
      return true;
    }
    if (attempt.result === 'gone') {
      await this.#endSubscription();
      return false;
    }
    this.#fail(attempt);
    if (now - delivery.receivedAt > PATIENCE_MS) await this.#bury(attempt.reason, now);
    return false;
  }

  async #endSubscription(): Promise<void> {
    this.#isStopped = true;
    this.#options.log.info({}, 'A target answered 410: its subscription has ended.');
    await this.#end();
  }

  #fail({ reason, retryAfterMs }: Extract<Attempt, { result: 'failed' }>): void {
    const { clock, random = Math.random, log } = this.#options;
    const failures = this.#subscription.failures + 1;
    const wait = retryAfterMs ?? backOffMs(failures, random());
    log.warn({ reason, failures, retryInSeconds: Math.round(wait / 1000) }, 'A target failed.');
    this.#move({ failures, nextAttemptAt: clock.now() + wait });
  }

  /** Gives up all that has waited for too long, without calling the target for each. */
  async #bury(reason: string, now: number): Promise<void> {
    const { store, metrics, log } = this.#options;
    const { id: subscriptionId, channel, filter } = this.#subscription;
    for (;;) {
      const deliveries = await store.deliveriesAfter(channel, this.#subscription.cursor, BATCH);
      const young = deliveries.findIndex(({ receivedAt }) => now - receivedAt <= PATIENCE_MS);
      const old = young < 0 ? deliveries : deliveries.slice(0, young);
      const last = old.at(-1);
      if (!last) return;
      const deadLetters: DeadLetter[] = old
        .filter(({ actions }) => wants(filter, actions))
        .map(({ seq }) => ({ subscriptionId, seq, reason, deadAt: now }));
      this.#subscription = { ...this.#subscription, cursor: last.seq };
      await store.bury(deadLetters, this.#progress());
      metrics?.buried.inc(deadLetters.length);
      log.warn({ count: deadLetters.length, reason }, 'Gave up deliveries that waited for more than a day.');
    }
  }

  /** Sends a dead letter again. False when its target failed. */
  async #redeliver(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return true;
    const attempt = await this.#attempt(delivery);
    if (attempt.result === 'gone') {
      await this.#endSubscription();
      return true;
    }
    if (attempt.result === 'failed') {
      this.#fail(attempt);
      return false;
    }
    await this.#options.store.settleRedriven(this.#subscription.id, delivery.seq, true);
    this.#move({ failures: 0, nextAttemptAt: 0, lastSuccessAt: this.#options.clock.now() });
    return true;
  }

  #progress(): Progress {
    const { id, cursor, failures, nextAttemptAt, lastSuccessAt } = this.#subscription;
    return { subscriptionId: id, cursor, failures, nextAttemptAt, lastSuccessAt };
  }

  #move(change: Partial<Subscription>): void {
    this.#subscription = { ...this.#subscription, ...change };
    this.#report(this.#progress());
  }
}

const nameOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown';

/** Serves all subscriptions of a store. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #workers = new Map<string, Worker>();
  readonly #channels = new Map<string, { readonly pace: Pace; readonly workers: Set<Worker> }>();
  #unsaved = new Map<string, Progress>();
  #isSaving = false;
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to serve what the store holds. */
  async start(): Promise<void> {
    for (const subscription of await this.#options.store.subscriptions()) this.serve(subscription);
  }

  /** Serves a subscription from now on. */
  serve(subscription: Subscription): void {
    if (this.#isStopped || this.#workers.has(subscription.id)) return;
    let channel = this.#channels.get(subscription.channel);
    if (!channel) {
      channel = { pace: new Pace(this.#options.pacePerChannel, this.#options.clock), workers: new Set() };
      this.#channels.set(subscription.channel, channel);
    }
    const worker = new Worker(
      subscription,
      this.#options,
      channel.pace,
      (progress) => {
        this.#unsaved.set(progress.subscriptionId, progress);
        if (!this.#isSaving) void this.#saveSoon();
      },
      async () => {
        this.drop(subscription.id);
        await this.#options.store.unsubscribe(subscription.channel, subscription.id);
      },
    );
    this.#workers.set(subscription.id, worker);
    channel.workers.add(worker);
  }

  /** Serves a subscription no more. What is on its way arrives. */
  drop(subscriptionId: string): void {
    const worker = this.#workers.get(subscriptionId);
    if (!worker) return;
    worker.stop();
    this.#workers.delete(subscriptionId);
    this.#channels.get(worker.subscription.channel)?.workers.delete(worker);
  }

  /** Serves the subscriptions of a channel no more. */
  dropChannel(channel: string): void {
    for (const worker of this.#channels.get(channel)?.workers ?? []) this.drop(worker.subscription.id);
    this.#channels.delete(channel);
  }

  /** Says that a channel has something new. */
  wake(channel: string): void {
    for (const worker of this.#channels.get(channel)?.workers ?? []) worker.bell.ring();
  }

  /** Says that a subscription has something to send again. */
  wakeSubscription(subscriptionId: string): void {
    this.#workers.get(subscriptionId)?.bell.ring();
  }

  async #saveSoon(): Promise<void> {
    this.#isSaving = true;
    await this.#options.clock.sleep(PROGRESS_MS, new AbortController().signal);
    await this.#save();
  }

  async #save(): Promise<void> {
    const progress = [...this.#unsaved.values()];
    this.#unsaved = new Map();
    this.#isSaving = false;
    if (progress.length === 0) return;
    try {
      await this.#options.store.progress(progress);
    } catch (error) {
      // It is said again with the next progress; if the process dies first, some arrives twice.
      this.#options.log.error({ error: nameOf(error) }, 'Progress could not be written down.');
    }
  }

  /** Writes down how far all are, so that the state in the store is current. */
  async settle(): Promise<void> {
    await this.#save();
  }

  /** Stops: what is in flight arrives, nothing new begins, progress is written down. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const worker of this.#workers.values()) worker.stop();
    await Promise.all([...this.#workers.values()].map(({ done }) => done));
    await this.#save();
  }
}
