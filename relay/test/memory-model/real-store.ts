import type { Store } from '../../store/store.ts';
import type { Progress, Subscription } from '../../store/subscription.ts';
import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { INITIAL_STATE } from '../sample-progress.ts';
import { CONCERN, RETENTION, UNWANTED, type Arrival, type Subscriber } from './model.ts';
import { delivery } from '../new-delivery.ts';

/** Size of the deliveries, except those that evict others. */
export const SMALL_BYTES = 100;
export const MAX_BYTES = 60_000;
export const OPTIONS = {
  maxChannelBytes: MAX_BYTES,
  duplicateMs: RETENTION.duplicateMs,
  memoryMs: RETENTION.memoryMs,
};
const HOLDER = '00000000-0000-4000-8000-000000000001';
/** An id that does not belong to any lease. */
const NO_LEASE = '00000000-0000-4000-8000-000000000000';

/** A store under test, with shorthands for its methods. */
export class RealStore {
  readonly #open: () => Promise<Store>;
  #store: Store | null = null;
  #leaseId = NO_LEASE;
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

  /** Leases the channel if it has no lease. A lease in PostgreSQL survives the process that holds it. */
  async #lease(): Promise<string> {
    const { leases } = await this.store.lease({ holder: HOLDER, limit: 9, milliseconds: 3_600_000 });
    this.#leaseId = leases[0]?.leaseId ?? this.#leaseId;
    return this.#leaseId;
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

  /** Returns the sequence number of a delivery with content; 0 if there is none. */
  async seqOf(name: string): Promise<number> {
    const all = await this.store.deliveriesAfter(CHANNEL, 0, 10_000);
    return all.find(({ sealed }) => sealed.toString().trim() === name)?.seq ?? 0;
  }

  /** Saves the cursor of a subscription and its dead letters. */
  async progress(subscriber: Subscriber, cursor: number, dead: { seq: number; deadAt: number } | null): Promise<void> {
    const progress: Progress = {
      ...INITIAL_STATE,
      leaseId: await this.#lease(),
      subscriptionId: this.idOf(subscriber),
      cursor,
    };
    if (!dead) await this.store.progress([progress]);
    else await this.store.bury([{ subscriptionId: this.idOf(subscriber), reason: 'HTTP 500', ...dead }], progress);
  }

  async settle(subscriber: Subscriber, seq: number, isDelivered: boolean): Promise<void> {
    await this.store.settleRedriven(await this.#lease(), this.idOf(subscriber), seq, isDelivered);
  }

  async retain(now: number): Promise<void> {
    while ((await this.store.retain(RETENTION, now)) > 0);
  }

  /** Returns the names of all deliveries with content, each with the name of its previous delivery. */
  async contents(): Promise<(readonly [name: string, previous: string | null])[]> {
    const all = await this.store.deliveriesAfter(CHANNEL, 0, 10_000);
    const nameOf = ({ sealed }: { readonly sealed: Buffer }): string => sealed.toString().trim();
    return all.map((one) => [nameOf(one), one.previous && nameOf(one.previous)]);
  }
}
