import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import type { Store } from '../../../store/store.ts';
import type { Subscription } from '../../../store/rows/subscription.ts';
import { PROCESS, resultOf, type StoreContext } from '../store-context.ts';
import { CONCERN, UNWANTED, type Arrival, type Contents, type Subscriber } from './model.ts';

/** Size of a delivery in bytes, unless the delivery evicts others. */
export const SMALL_BYTES = 100;
export const MAX_BYTES = 60_000;
/** Key of the channel, and the sequence numbers of its deliveries. A new database assigns small numbers. */
const CHANNEL_KEY = 1;
const SEQS = Array.from({ length: 1000 }, (_, index) => index + 1);

/** The store of a context, with shorthands for its methods. */
export class RealStore {
  readonly context: StoreContext;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(context: StoreContext) {
    this.context = context;
  }

  get store(): Store {
    return this.context.store;
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

  /** Returns the sequence number of a delivery; 0 if no delivery with content has the name. */
  async seqOf(name: string): Promise<number> {
    return (
      (await this.store.deliveries(CHANNEL_KEY, SEQS)).find(({ sealed }) => sealed.toString().trim() === name)?.seq ?? 0
    );
  }

  /** Marks the sends of deliveries to a subscription as delivered, or as dead letters. */
  async end(subscriber: Subscriber, seqs: readonly number[], isDelivered: boolean, endedAt: number): Promise<void> {
    const subscription = this.#subscriptions.get(subscriber.url);
    if (!subscription) throw new Error('There is no such subscription.');
    const [held = await this.context.hold()] = await this.store.claimed(PROCESS);
    const dead = isDelivered ? {} : ({ state: 'dead', failure: 'HTTP 500' } as const);
    await this.context.save(
      held,
      seqs.map((seq) => resultOf(subscription, seq, { endedAt, ...dead })),
    );
  }

  /** Returns the sequence numbers of the redriven deliveries of a subscription, in order. */
  async redriven(subscriber: Subscriber): Promise<number[]> {
    const { key = 0 } = this.#subscriptions.get(subscriber.url) ?? {};
    return (await this.store.redriven(key, 1000)).map(({ seq }) => seq).sort((one, other) => one - other);
  }

  /** Returns the names of all deliveries with content, each with the names of its earlier deliveries. */
  async contents(): Promise<Contents> {
    const nameOf = ({ sealed }: { readonly sealed: Buffer }): string => sealed.toString().trim();
    return (await this.store.deliveries(CHANNEL_KEY, SEQS)).map((one) => [
      nameOf(one),
      one.previous && nameOf(one.previous),
      ...one.burst.map(nameOf),
    ]);
  }
}
