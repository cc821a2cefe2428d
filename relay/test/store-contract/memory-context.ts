import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery, type DeliveryChanges } from '../new-delivery.ts';
import type { EarlierDelivery } from '../../store/delivery.ts';
import type { NewDelivery } from '../../store/new-delivery.ts';
import type { StoreOptions } from '../../store/store-options.ts';
import type { Subscription } from '../../store/subscription.ts';
import { T0, type StoreContext } from './context.ts';

export const MEMORY_MS = 90 * DAY;
/** Hours after which the ordinary retention period has ended. */
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
    subjectId: '1234',
    ...others,
  });
};

export const nameOf = ({ sealed }: EarlierDelivery): string => sealed.toString().trim();

/** Shorthands for the tests of memory. */
export class MemoryContext {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Opens a new database with memory. */
  open = (options: Partial<StoreOptions> = {}): Promise<void> =>
    this.#context.open({ memoryMs: MEMORY_MS, ...options });

  subscribe = (...actions: string[]): Promise<Subscription> =>
    this.#context.subscribe(`https://x/${actions.join('-')}`, actions.length > 0 ? { actions } : { all_except: [] });

  /** Stores deliveries in one transaction. Returns their sequence numbers. */
  async ingest(...deliveries: NewDelivery[]): Promise<number[]> {
    const results = await this.#context.store.ingest(deliveries);
    if (results.some((result) => result !== 'stored')) throw new Error(`The results are ${results.join()}.`);
    const stored = await this.#context.stored();
    return deliveries.map(({ id }) => stored.find((one) => one.id === id)?.seq ?? 0);
  }

  /** Returns the names of all deliveries with content, each with the name of its previous delivery. */
  async stored(channel = CHANNEL): Promise<[name: string, previous: string | null][]> {
    const deliveries = await this.#context.stored(channel);
    return deliveries.map((one) => [nameOf(one), one.previous && nameOf(one.previous)]);
  }

  /** Returns the names of all deliveries with content, each with the names of the earlier deliveries of its burst. */
  async bursts(): Promise<[name: string, ...burst: string[]][]> {
    return (await this.#context.stored()).map((one) => [nameOf(one), ...one.burst.map(nameOf)]);
  }

  async names(): Promise<string[]> {
    return (await this.stored()).map(([name]) => name);
  }

  /** Ends the ordinary retention of all deliveries that are settled. Returns the time when it has ended. */
  async expire(now: number): Promise<number> {
    await this.#context.retain(now + EXPIRY);
    return now + EXPIRY;
  }
}
