import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import type { ClaimedChannel } from '../../store/claims.ts';
import type { SendResult } from '../../store/send.ts';
import type { Store } from '../../store/store.ts';
import type { StoreOptions } from '../../store/store-options.ts';
import type { Subscription } from '../../store/subscription.ts';
import { CONCERN, RETENTION, UNWANTED, type Arrival, type Contents, type Subscriber } from './model.ts';

/** Size of the deliveries, except those that evict others. */
export const SMALL_BYTES = 100;
export const MAX_BYTES = 60_000;
export const OPTIONS: StoreOptions = { maxChannelBytes: MAX_BYTES, ...RETENTION };
/** Keys and sequence numbers are small, because the database is new. */
const CHANNEL_KEY = 1;
const SEQS = Array.from({ length: 1000 }, (_, index) => index + 1);
const MAX_STEPS = 200;

/** A store under test, with shorthands for its methods. */
export class RealStore {
  readonly #open: () => Promise<Store>;
  #store: Store | null = null;
  #process = '';
  readonly #subscriptions = new Map<string, Subscription>();

  /** @param open - opens the same store each time it is called */
  constructor(open: () => Promise<Store>) {
    this.#open = open;
  }

  get store(): Store {
    if (!this.#store) throw new Error('The store is not open.');
    return this.#store;
  }

  /** Opens the store; closes it first if it is open. */
  async reopen(): Promise<void> {
    await this.close();
    this.#store = await this.#open();
    await this.#store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1e12 }, 0);
  }

  async close(): Promise<void> {
    const store = this.#store;
    // A run that the time limit interrupted may also close the store.
    this.#store = null;
    await store?.close();
  }

  /** Claims the channel, or returns the claim of this process. */
  async #hold(): Promise<ClaimedChannel> {
    const { store } = this;
    const [held] = this.#process === '' ? [] : await store.claimed(this.#process);
    if (held) return held;
    this.#process = crypto.randomUUID();
    await store.heartbeat(this.#process, true);
    const [claim] = await store.claim(this.#process, 9);
    if (!claim) throw new Error('The channel is not due.');
    return claim;
  }

  async subscribe({ url }: Subscriber, actions: readonly string[] | null, now: number): Promise<void> {
    const filter = actions ? { actions } : { all_except: [UNWANTED] };
    const subscription = await this.store.subscribe(CHANNEL, { targetUrl: url, filter }, 9, now);
    if (subscription !== 'full') this.#subscriptions.set(url, subscription);
  }

  idOf = ({ url }: Subscriber): string => this.#subscriptions.get(url)?.id ?? '';

  async ingest(arrivals: readonly Arrival[], receivedAt: number, bytes = SMALL_BYTES): Promise<unknown[]> {
    return this.store.ingest(
      arrivals.map(({ name, action, subject, eventTime }) =>
        delivery(action, {
          body: Buffer.from(name.padEnd(bytes)),
          receivedAt,
          eventTime,
          model: subject === null ? null : 'lesson',
          subjectId: subject,
          isConcern: action === CONCERN,
        }),
      ),
    );
  }

  #deliveries() {
    return this.store.deliveries(CHANNEL_KEY, SEQS);
  }

  /** Returns the sequence number of a delivery with content; 0 if there is none. */
  async seqOf(name: string): Promise<number> {
    return (await this.#deliveries()).find(({ sealed }) => sealed.toString().trim() === name)?.seq ?? 0;
  }

  /** Saves that deliveries have ended for a subscription. */
  async end(subscriber: Subscriber, seqs: readonly number[], isDelivered: boolean, endedAt: number): Promise<void> {
    const subscription = this.#subscriptions.get(subscriber.url);
    if (!subscription) throw new Error('There is no such subscription.');
    const { key: channel, claim } = await this.#hold();
    const sends = seqs.map((seq): SendResult => ({
      ...{ seq, subscription: subscription.key, endedAt, durationMs: 5, isRecorded: false, isSentAgain: false },
      ...(isDelivered ? { state: 'delivered', failure: null } : { state: 'dead', failure: 'HTTP 500' }),
    }));
    await this.store.saveResults(this.#process, [{ channel, claim, sends, progress: [] }]);
  }

  /** Returns the sequence numbers of the redriven deliveries of a subscription, in order. */
  async redriven(subscriber: Subscriber): Promise<number[]> {
    const { key = 0 } = this.#subscriptions.get(subscriber.url) ?? {};
    return (await this.store.redriven(key, 1000)).map(({ seq }) => seq).sort((one, other) => one - other);
  }

  async retain(now: number): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step++) if (!(await this.store.retain(now))) return;
    throw new Error('Retention does not end.');
  }

  /** Returns the names of all deliveries with content, each with the names of its earlier deliveries. */
  async contents(): Promise<Contents> {
    const nameOf = ({ sealed }: { readonly sealed: Buffer }): string => sealed.toString().trim();
    return (await this.#deliveries()).map((one) => [
      nameOf(one),
      one.previous && nameOf(one.previous),
      ...one.burst.map(nameOf),
    ]);
  }
}
