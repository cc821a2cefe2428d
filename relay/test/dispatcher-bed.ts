/** A dispatcher with one subscription, an in-memory store and a fake clock, for tests of how failures are handled. */

import { afterEach, beforeEach } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt-result.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import { SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { delivery } from './new-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Subscription, SubscriptionState } from '../store/subscription.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

export const DELIVERED: AttemptResult = { type: 'delivered' };
export const FAILED: AttemptResult = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null };

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The parts that are created for each test. */
interface Parts {
  readonly clock: FakeClock;
  readonly store: SqliteStore;
  readonly subscription: Subscription;
}

/** Sets up each test of a file. Its subscription selects the events that {@link DispatcherBed.send} sends. */
export class DispatcherBed {
  #parts: Parts | null = null;
  #dispatcher: Dispatcher | null = null;
  #attempts: string[] = [];
  /** Returns the result of an attempt to deliver the event with the given name. */
  respond: (name: string) => AttemptResult | Promise<AttemptResult> = () => DELIVERED;

  constructor() {
    beforeEach(async () => {
      const clock = new FakeClock();
      const store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 }, clock.now);
      await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
      const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, 0);
      if (subscription === 'full') throw new Error('The channel is full.');
      this.#parts = { clock, store, subscription };
      this.#attempts = [];
      this.respond = () => DELIVERED;
      this.startDispatcher();
    });
    afterEach(async () => {
      await this.stopDispatcher();
      await this.store.close();
    });
  }

  get #current(): Parts {
    if (!this.#parts) throw new Error('The parts exist only during a test.');
    return this.#parts;
  }

  get clock(): FakeClock {
    return this.#current.clock;
  }

  get store(): SqliteStore {
    return this.#current.store;
  }

  get subscription(): Subscription {
    return this.#current.subscription;
  }

  /** The names of the events that were attempted since the previous call to {@link DispatcherBed.attempted}. */
  get attempts(): readonly string[] {
    return this.#attempts;
  }

  /** Starts the dispatcher with the given deliveries per second. */
  startDispatcher(pacePerSubscription = 1000, pacePerChannel = pacePerSubscription): void {
    this.#dispatcher = createDispatcher({
      store: this.store,
      sender: {
        send: (_targetUrl, { actions }) => {
          const name = actions?.[1] ?? '';
          this.#attempts.push(name);
          return Promise.resolve(this.respond(name));
        },
      },
      clock: this.clock,
      pacePerSubscription,
      pacePerChannel,
      log: silent,
      random: () => 1,
    });
    this.#dispatcher.start();
  }

  async stopDispatcher(): Promise<void> {
    const stopped = this.#dispatcher?.stop();
    await this.clock.advance(SECOND);
    await stopped;
  }

  /** Ingests events that the subscription selects. */
  async send(...names: string[]): Promise<void> {
    const receivedAt = this.clock.now();
    await this.store.ingest(names.map((name) => delivery('A', { actions: ['A', name], receivedAt })));
    await this.clock.settle();
  }

  /** Returns the names of the events that were attempted since the previous call, separated by spaces. */
  attempted(): string {
    return this.#attempts.splice(0).join(' ');
  }

  /** Returns the state of the subscription, with all progress saved; undefined if it has ended. */
  async state(): Promise<SubscriptionState | undefined> {
    await this.#dispatcher?.saveResults();
    return (await this.store.channelState(CHANNEL, this.clock.now()))?.subscriptions[0];
  }

  /** Returns the numbers of dead letters and of waiting events. */
  async counts(): Promise<Partial<Pick<SubscriptionState, 'deadLetters' | 'pending'>>> {
    const { deadLetters, pending } = (await this.state()) ?? {};
    return { deadLetters, pending };
  }
}
