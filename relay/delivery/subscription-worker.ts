/**
 * Serves one subscription: sends it what it wants, in order and one at a time, at the pace it may, and waits longer and
 * longer while its target fails. It runs while there is something to do. A cursor is moved only after an answer, so that
 * every delivery arrives at least once.
 */

import { backOffMs, GIVE_UP_AFTER_MS, STORE_RETRY_MS } from './back-off.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { Clock } from '../clock.ts';
import type { AttemptResult, AttemptSender, FailedAttempt } from './attempt.ts';
import { BATCH_SIZE, type ChannelFeed } from './channel-feed.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { TokenBucket } from './token-bucket.ts';
import { selectsDelivery } from '../../wire/action-filter.ts';
import { type DeadLetter, type Delivery, type Progress, type Store, type Subscription } from '../store/store.ts';

/** What a worker needs; the same for all of a channel. */
export interface WorkerOptions {
  readonly store: Pick<Store, 'redriven' | 'settleRedriven' | 'deliveriesAfter' | 'bury' | 'unsubscribe'>;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics | undefined;
  readonly log: Log;
  readonly pacePerSubscription: number;
  readonly channelBucket: TokenBucket;
  readonly feed: ChannelFeed;
  readonly leaseId: string;
  /** Whether the lease lasts. */
  readonly isHeld: () => boolean;
  /** Takes progress to be written down, now or when there is time. */
  readonly report: (progress: Progress, isUrgent: boolean) => void;
  /** The lease was lost. */
  readonly lose: () => void;
}

export class SubscriptionWorker {
  readonly #options: WorkerOptions;
  readonly #bucket: TokenBucket;
  readonly #stopSignal = new WakeUpSignal();
  #subscription: Subscription;
  #isRunning = false;
  #done: Promise<void> = Promise.resolve();
  #restsUntil = 0;
  #isStopped = false;

  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#subscription = subscription;
    this.#options = options;
    this.#bucket = new TokenBucket(options.pacePerSubscription, options.clock, subscription.pacedAt);
    this.#startIfNeeded();
  }

  /** When it has something to do: 0 for now, infinity for not before something new comes. */
  get dueAt(): number {
    return this.#isRunning ? this.#restsUntil : Infinity;
  }

  /** Takes in what has just become the newest of the feed. */
  offer(fresh: readonly Delivery[]): void {
    const last = fresh.at(-1);
    if (this.#isRunning || this.#isStopped || !last || last.seq <= this.#subscription.cursor) return;
    if (fresh.some(({ actions }) => selectsDelivery(this.#subscription.filter, actions))) this.#startIfNeeded();
    else this.#move({ cursor: last.seq }, false);
  }

  /** Sends again the dead letters that are marked for it. */
  redrive(): void {
    this.#subscription = { ...this.#subscription, isRedriving: true };
    this.#startIfNeeded();
  }

  /** Begins nothing new; resolves when what is in flight is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopSignal.notify();
    await this.#done;
  }

  #startIfNeeded(): void {
    if (this.#isRunning || !this.#hasWork) return;
    this.#isRunning = true;
    this.#done = this.#run();
  }

  get #hasWork(): boolean {
    const { isRedriving, cursor } = this.#subscription;
    return !this.#isStopped && (isRedriving || cursor < this.#options.feed.head);
  }

  async #run(): Promise<void> {
    while (this.#hasWork) {
      try {
        await this.#round();
      } catch (error) {
        // The store fails: nothing is lost, as nothing was moved.
        this.#options.log.error({ error: nameOf(error) }, 'A subscription could not be served; trying again.');
        await this.#options.clock.sleep(STORE_RETRY_MS, this.#stopSignal.signal);
      }
    }
    // In the same breath as it sees that there is nothing more: what comes after that starts it again.
    this.#isRunning = false;
  }

  async #round(): Promise<void> {
    if (this.#subscription.isRedriving) await this.#redriveBatch();
    const { deliveries, upTo } = await this.#options.feed.after(this.#subscription.cursor);
    for (const delivery of deliveries) {
      if (this.#isStopped) return;
      if (selectsDelivery(this.#subscription.filter, delivery.actions)) {
        if (!(await this.#deliver(delivery))) return;
      } else {
        this.#move({ cursor: delivery.seq }, false);
      }
    }
    // What is no longer kept was for nobody.
    if (upTo > this.#subscription.cursor) this.#move({ cursor: upTo }, false);
  }

  async #redriveBatch(): Promise<void> {
    const { store, leaseId } = this.#options;
    const { id } = this.#subscription;
    const redriven = await store.redriven(id, BATCH_SIZE);
    if (redriven.length === 0) this.#subscription = { ...this.#subscription, isRedriving: false };
    for (const [index, delivery] of redriven.entries()) {
      if (this.#isStopped) return;
      if (await this.#redeliver(delivery)) continue;
      // The target is still down: the rest stay dead, so that what is new is not held up by them.
      for (const { seq } of redriven.slice(index)) await store.settleRedriven(leaseId, id, seq, false);
      return;
    }
  }

  /** False when it was stopped meanwhile. */
  async #sleepUntil(time: number): Promise<boolean> {
    const { clock } = this.#options;
    while (clock.now() < time && !this.#isStopped) await clock.sleep(time - clock.now(), this.#stopSignal.signal);
    return !this.#isStopped;
  }

  /** Waits as long as back-off and pace ask for. False when it may not go on. */
  async #waitForTurn(): Promise<boolean> {
    const { clock, channelBucket, isHeld, lose } = this.#options;
    this.#restsUntil = this.#subscription.nextAttemptAt;
    const isRested = await this.#sleepUntil(this.#restsUntil);
    this.#restsUntil = 0;
    if (!isRested) return false;
    if (!(await this.#sleepUntil(clock.now() + Math.max(this.#bucket.take(), channelBucket.take())))) return false;
    if (!isHeld()) {
      // It was held up for so long that another process may serve the channel by now.
      lose();
      return false;
    }
    return true;
  }

  async #attempt(delivery: Delivery): Promise<AttemptResult> {
    const { sender, metrics, clock } = this.#options;
    const attempt = await sender.send(this.#subscription.targetUrl, delivery);
    metrics?.attempts.inc({ result: attempt.outcome });
    if (attempt.outcome === 'delivered') metrics?.lagSeconds.observe((clock.now() - delivery.receivedAt) / 1000);
    return attempt;
  }

  /** Delivers one. False when it has to be looked at again. */
  async #deliver(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return false;
    const attempt = await this.#attempt(delivery);
    const now = this.#options.clock.now();
    if (attempt.outcome === 'delivered') {
      this.#move({ cursor: delivery.seq, failures: 0, nextAttemptAt: 0, lastSuccessAt: now }, true);
      return true;
    }
    if (attempt.outcome === 'gone') {
      await this.#end();
      return false;
    }
    this.#fail(attempt);
    if (now - delivery.receivedAt > GIVE_UP_AFTER_MS) await this.#bury(attempt.reason, now);
    return false;
  }

  async #end(): Promise<void> {
    const { store, log } = this.#options;
    this.#isStopped = true;
    log.info({}, 'A target answered 410: its subscription has ended.');
    await store.unsubscribe(this.#subscription.channel, this.#subscription.id);
  }

  #fail({ reason, retryAfterMs }: FailedAttempt): void {
    const { clock, random, log } = this.#options;
    const failures = this.#subscription.failures + 1;
    const wait = retryAfterMs ?? backOffMs(failures, random());
    log.warn({ reason, failures, retryInSeconds: Math.round(wait / 1000) }, 'A target failed.');
    this.#move({ failures, nextAttemptAt: clock.now() + wait }, true);
  }

  /** Gives up all that has waited for too long, without calling the target for each. */
  async #bury(reason: string, now: number): Promise<void> {
    const { store, metrics, log, lose } = this.#options;
    const { id: subscriptionId, channel, filter } = this.#subscription;
    for (;;) {
      const deliveries = await store.deliveriesAfter(channel, this.#subscription.cursor, BATCH_SIZE);
      const young = deliveries.findIndex(({ receivedAt }) => now - receivedAt <= GIVE_UP_AFTER_MS);
      const old = young < 0 ? deliveries : deliveries.slice(0, young);
      const last = old.at(-1);
      if (!last) return;
      const deadLetters: DeadLetter[] = old
        .filter(({ actions }) => selectsDelivery(filter, actions))
        .map(({ seq }) => ({ subscriptionId, seq, reason, deadAt: now }));
      if (!(await store.bury(deadLetters, { ...this.#progress(), cursor: last.seq }))) {
        lose();
        return;
      }
      this.#subscription = { ...this.#subscription, cursor: last.seq };
      metrics?.buried.inc(deadLetters.length);
      log.warn({ count: deadLetters.length, reason }, 'Gave up deliveries that waited for more than a day.');
    }
  }

  /** Sends a dead letter again. False when its target failed. */
  async #redeliver(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return true;
    const attempt = await this.#attempt(delivery);
    if (attempt.outcome === 'gone') {
      await this.#end();
      return true;
    }
    if (attempt.outcome === 'failed') {
      this.#fail(attempt);
      return false;
    }
    const { store, leaseId } = this.#options;
    await store.settleRedriven(leaseId, this.#subscription.id, delivery.seq, true);
    this.#move({ failures: 0, nextAttemptAt: 0, lastSuccessAt: this.#options.clock.now() }, true);
    return true;
  }

  #progress(): Progress {
    const { id, cursor, failures, nextAttemptAt, lastSuccessAt } = this.#subscription;
    const { leaseId } = this.#options;
    return {
      leaseId,
      subscriptionId: id,
      cursor,
      failures,
      nextAttemptAt,
      lastSuccessAt,
      pacedAt: this.#bucket.emptyAt,
    };
  }

  #move(change: Partial<Subscription>, isUrgent: boolean): void {
    this.#subscription = { ...this.#subscription, ...change };
    this.#options.report(this.#progress(), isUrgent);
  }
}
