import type { NewDelivery, PreviousDelivery } from '../../store/delivery.ts';
import type { Lease } from '../../store/lease.ts';
import type { StoreOptions } from '../../store/store.ts';
import type { Subscription } from '../../store/subscription.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { progressOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery, type DeliveryChanges } from '../new-delivery.ts';

/**
 * Retention periods with memory. The ordinary retention of a delivery ends 72 hours after the last cursor has passed
 * it.
 */
export const REMEMBERING = { ...RETENTION, memoryMs: 90 * DAY };
/**
 * Hours after which the ordinary retention period has ended. The number includes one hour, because retention may be up
 * to an hour late.
 */
export const EXPIRY = 73 * HOUR;

export const EDITED = 'EDITED_AN_APPOINTMENT';
export const DELETED = 'DELETED_AN_APPOINTMENT';

/**
 * Returns a delivery about lesson 1234, with the given changes. Its body is used as its content, and contains its name.
 *
 * @param name - a name that is unique in the test
 * @param eventTime - milliseconds after {@link T0}
 */
export const event = (
  name: string,
  eventTime: number,
  changes: DeliveryChanges & { action?: string } = {},
): NewDelivery => {
  const { action = EDITED, ...others } = changes;
  return delivery(action, {
    body: Buffer.from(name.padEnd(200)),
    receivedAt: T0 + Math.max(0, eventTime),
    eventTime: T0 + eventTime,
    ...others,
  });
};

const nameOf = ({ sealed }: PreviousDelivery): string => sealed.toString().trim();

/** The store of the current test with memory, and shorthands for its methods. */
export class MemoryContext {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  get store() {
    return this.#context.store;
  }

  /** Replaces the store with a new one that has memory. */
  open = (options: Partial<StoreOptions> = {}): Promise<void> =>
    this.#context.open({ memoryMs: REMEMBERING.memoryMs, ...options });

  subscribe = (...actions: string[]): Promise<Subscription> =>
    this.#context.subscribe(`https://x/${actions.join('-')}`, actions.length > 0 ? { actions } : { all_except: [] });

  hold = (): Promise<Lease> => this.#context.hold();

  /** Stores deliveries in one transaction. Returns their sequence numbers. */
  async ingest(...deliveries: NewDelivery[]): Promise<number[]> {
    const results = await this.store.ingest(deliveries);
    if (results.some((result) => result !== 'stored')) throw new Error(`The results are ${results.join()}.`);
    const stored = await this.store.deliveriesAfter(CHANNEL, 0, 10_000);
    return deliveries.map(({ id }) => stored.find((one) => one.id === id)?.seq ?? 0);
  }

  /** Returns the names of all deliveries with content, each with the name of its previous delivery. */
  async stored(channel = CHANNEL): Promise<[name: string, previous: string | null][]> {
    const deliveries = await this.store.deliveriesAfter(channel, 0, 10_000);
    return deliveries.map((one) => [nameOf(one), one.previous && nameOf(one.previous)]);
  }

  /** Moves the cursor of a subscription past a delivery; default: the newest. */
  async pass(subscription: Subscription, held: Lease, seq?: number): Promise<void> {
    const newest = (await this.store.deliveriesAfter(CHANNEL, 0, 10_000)).at(-1);
    await this.store.progress([progressOf(subscription, held, { cursor: seq ?? newest?.seq ?? 0 })]);
  }

  /** Runs retention until no expired data is left. */
  async retain(now: number, limits = REMEMBERING): Promise<void> {
    while ((await this.store.retain(limits, now)) > 0);
  }

  /** Ends the ordinary retention of all deliveries that the cursors have passed. Returns the time when it has ended. */
  async expire(now: number, limits = REMEMBERING): Promise<number> {
    await this.retain(now, limits);
    await this.retain(now + EXPIRY, limits);
    return now + EXPIRY;
  }
}
