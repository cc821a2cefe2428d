/** A dispatcher with an in-memory store and a fake clock. */

import { afterEach, beforeEach } from '@jest/globals';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import type { AttemptResult } from '../../delivery/attempt-result.ts';
import { Dispatcher } from '../../delivery/dispatcher.ts';
import type { DispatcherOptions } from '../../delivery/dispatcher.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import type { HeartbeatFailure } from '../../store/outcomes/claims.ts';
import type { Subscription, SubscriptionWithCounts } from '../../store/rows/subscription.ts';
import type { Store } from '../../store/store.ts';
import { FakeClock } from './fake-clock.ts';
import { delivery } from './new-delivery.ts';
import { TEST_OPTIONS } from './store-context.ts';

export const DELIVERED: AttemptResult = { type: 'delivered' };
export const FAILED: AttemptResult = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null };

export interface Attempt {
  readonly targetUrl: string;
  /** The name of the event, which {@link DispatcherBed.send} adds to the delivery as its last action. */
  readonly name: string;
  readonly id: string;
  readonly seq: number;
  readonly at: number;
}

type StoreMethod = 'claim' | 'claimed' | 'deliveryIds' | 'heartbeat' | 'pending' | 'subscriptions';

/** Sets up each test of a file. */
export class DispatcherBed {
  clock!: FakeClock;
  store!: SqliteStore;
  subscription!: Subscription;
  #dispatcher: Dispatcher | null = null;
  #hanging: ((result: AttemptResult) => void)[] = [];
  /** The attempts since the previous call to {@link DispatcherBed.attempted}. */
  attempts: Attempt[] = [];
  lines: { readonly fields: object; readonly message: string }[] = [];
  /** Returns the result of an attempt to deliver the event with the given name. */
  respond: (name: string, targetUrl: string) => AttemptResult | Promise<AttemptResult> = () => DELIVERED;
  /** Leaves an attempt in flight until {@link DispatcherBed.endAttempt} ends it. */
  readonly hang = (): Promise<AttemptResult> => new Promise((resolve) => this.#hanging.push(resolve));

  /**
   * Registers two channels, and subscribes the target `x` to the events of {@link send} on the first channel.
   *
   * @param more - other channels to register
   */
  constructor(more: readonly string[] = []) {
    beforeEach(async () => {
      this.clock = new FakeClock();
      this.store = openSqliteStore(':memory:', { ...TEST_OPTIONS, maxChannelBytes: 1e9 }, this.clock.now);
      for (const channel of [CHANNEL, OTHER_CHANNEL, ...more]) {
        await this.store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 99, idleMs: DAY }, 0);
      }
      this.subscription = await this.subscribe('x');
      this.attempts = [];
      this.lines = [];
      this.respond = () => DELIVERED;
      this.startDispatcher();
    });
    afterEach(async () => {
      const stopped = this.#dispatcher?.stop();
      this.#dispatcher = null;
      while (this.#hanging.length > 0) this.endAttempt();
      await this.clock.advance(HOUR);
      await stopped;
      await this.store.close();
    });
  }

  /** Starts a dispatcher, by default with rate limits that no test reaches. */
  startDispatcher(options: Partial<DispatcherOptions> = {}): void {
    const log = (fields: object, message: string): void => void this.lines.push({ fields, message });
    this.#dispatcher = new Dispatcher({
      store: this.store,
      sender: {
        send: (targetUrl, { actions, id, seq }) => {
          const name = actions?.at(-1) ?? '';
          this.attempts.push({ targetUrl, name, id, seq, at: this.clock.now() });
          return Promise.resolve(this.respond(name, targetUrl));
        },
      },
      clock: this.clock,
      pacePerSubscription: 1000,
      pacePerChannel: 1000,
      random: () => 1,
      log: { info: log, warn: log, error: log },
      ...options,
    });
    this.#dispatcher.start();
  }

  async stopDispatcher(): Promise<void> {
    const stopped = this.#dispatcher?.stop();
    this.#dispatcher = null;
    await this.clock.advance(SECOND);
    await stopped;
  }

  async restart(options?: Partial<DispatcherOptions>): Promise<void> {
    await this.stopDispatcher();
    this.startDispatcher(options);
  }

  /** Ends the oldest attempt that hangs. */
  endAttempt(result = DELIVERED): void {
    this.#hanging.shift()?.(result);
  }

  async subscribe(
    targetUrl: string,
    filter: ActionFilter = { actions: ['A'] },
    channel = CHANNEL,
  ): Promise<Subscription> {
    const subscription = await this.store.subscribe(channel, { targetUrl, filter }, 200, 0);
    if (subscription === 'full') throw new Error('The channel is full.');
    return subscription;
  }

  /** Ingests events with the given actions, one per delivery. */
  async ingest(actions: readonly string[], channel = CHANNEL): Promise<void> {
    const receivedAt = this.clock.now();
    await this.store.ingest(actions.map((action) => delivery(action, { channel, receivedAt })));
    await this.clock.settle();
  }

  /** Ingests events with the action `A` and the given names. */
  async send(...names: string[]): Promise<void> {
    const receivedAt = this.clock.now();
    await this.store.ingest(names.map((name) => delivery('A', { actions: ['A', name], receivedAt })));
    await this.clock.settle();
  }

  /** Returns the names of the events that were attempted since the previous call, separated by spaces. */
  attempted(): string {
    return this.attempts
      .splice(0)
      .map(({ name }) => name)
      .join(' ');
  }

  /** Advances the clock. Returns the names of the events that were attempted since the previous call. */
  async attemptedAfter(milliseconds: number): Promise<string> {
    await this.clock.advance(milliseconds);
    return this.attempted();
  }

  to(target: string): Attempt[] {
    return this.attempts.filter(({ targetUrl }) => targetUrl === target);
  }

  /** Returns the state of the first subscription, with all progress saved; undefined if it has ended. */
  async state(): Promise<SubscriptionWithCounts | undefined> {
    await this.#dispatcher?.saveResults();
    return (await this.store.channelState(CHANNEL, this.clock.now()))?.subscriptions[0];
  }

  /** Changes the response to the next call of a method of the store. */
  changeNext<Name extends StoreMethod>(
    method: Name,
    change: (response: Awaited<ReturnType<Store[Name]>>) => unknown,
  ): void {
    const { store } = this;
    const original = store[method].bind(store) as (...args: unknown[]) => ReturnType<Store[Name]>;
    const changed = async (...args: unknown[]): Promise<unknown> => {
      Object.assign(store, { [method]: original });
      return change(await original(...args));
    };
    Object.assign(store, { [method]: changed });
  }

  /** Holds the response to the next call of a method of the store. Returns a function that releases it. */
  holdNext(method: StoreMethod): () => void {
    const held = Promise.withResolvers<undefined>();
    this.changeNext(method, (response) => held.promise.then(() => response));
    return () => {
      held.resolve(undefined);
    };
  }

  /**
   * Serves the first channel with an attempt that hangs, and holds the response to a claim of the other channel, which
   * the target `two` subscribes to. Returns a function that releases the response.
   */
  async holdOtherClaim(): Promise<() => void> {
    this.respond = this.hang;
    await this.ingest(['A']);
    await this.subscribe('two', undefined, OTHER_CHANNEL);
    await this.clock.advance(4 * SECOND);
    const release = this.holdNext('claim');
    await this.ingest(['A'], OTHER_CHANNEL);
    return release;
  }

  /** Makes the next heartbeat fail, so that the dispatcher drops its claims and renews its id. */
  failHeartbeat(failure: HeartbeatFailure = 'too old'): void {
    this.changeNext('heartbeat', () => failure);
  }
}
