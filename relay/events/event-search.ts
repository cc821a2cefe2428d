/** The search for events that meet conditions. */

import type { EventAtZap, EventConditions, Outcome } from '../../wire/console-api.ts';
import type { ConsoleStore, EventIndex, ReadOrder, SeqRange, StoredEvent } from '../store/console-store.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { hasAction, kindRanges, listRanges, rangeOf } from './event-ranges.ts';
import { factsByEvent, fatesOf, mostUrgent, type FactsByEvent } from './outcomes.ts';

/** Maximum number of events that one read returns. */
const BATCH = 200;
/** Maximum number of events that one search reads. The limit bounds the duration of searches with few results. */
const MAX_READ = 2_000;

/** The part of a store that a search uses. */
export type SearchedStore = Pick<ConsoleStore, 'eventIndex' | 'eventsIn' | 'notableEvents' | 'eventFacts'> &
  Pick<Store, 'subscriptions'>;

/** An event with its outcome for each subscription. */
export interface FoundEvent extends StoredEvent {
  readonly outcome: Outcome;
  readonly zaps: readonly EventAtZap[];
}

/** The result of a search. */
export interface FoundEvents {
  readonly events: readonly FoundEvent[];
  /**
   * Sequence number after which the search can be continued, in the order of the search; null if there are no more
   * events.
   */
  readonly next: number | null;
}

/** A search for events of one channel, as of the time when the search was created. */
export class EventSearch {
  readonly #store: SearchedStore;
  readonly #channel: string;
  readonly #index: EventIndex;
  readonly subscriptions: readonly Subscription[];

  private constructor(
    store: SearchedStore,
    channel: string,
    index: EventIndex,
    subscriptions: readonly Subscription[],
  ) {
    this.#store = store;
    this.#channel = channel;
    this.#index = index;
    this.subscriptions = subscriptions;
  }

  /** Creates a search. Returns null if the channel does not exist. */
  static async create(store: SearchedStore, channel: string): Promise<EventSearch | null> {
    const [index, subscriptions] = await Promise.all([store.eventIndex(channel), store.subscriptions(channel)]);
    return index && new EventSearch(store, channel, index, subscriptions);
  }

  /** Sequence number of the newest delivery; 0 if there is none. */
  get newestSeq(): number {
    return Math.max(0, ...this.#index.hours.map(({ lastSeq }) => lastSeq));
  }

  /**
   * Finds events.
   *
   * @param range - sequence numbers among which to search
   * @param limit - maximum number of events; the search may end earlier
   * @param order - order of the search; default: newest first
   */
  async find(
    conditions: EventConditions,
    range: SeqRange,
    limit: number,
    order: ReadOrder = 'newest first',
  ): Promise<FoundEvents> {
    const arrived = rangeOf(this.#index.hours, conditions);
    const events: FoundEvent[] = [];
    let rest = { after: Math.max(range.after, arrived.after), upTo: Math.min(range.upTo, arrived.upTo) };
    let next = order === 'newest first' ? rest.upTo + 1 : rest.after;
    for (let read = 0; read < MAX_READ;) {
      const batch = await this.#read(conditions, rest, order);
      const candidates = batch.filter((event) => arrivedWithin(event, conditions));
      const facts = factsByEvent(await this.#store.eventFacts(this.#channel, seqsOf(candidates)));
      for (const event of candidates) {
        const found = this.#found(event, facts);
        if (this.#meets(found, conditions, facts)) events.push(found);
        if (events.length === limit) return { events, next: event.seq };
      }
      read += batch.length;
      next = batch.at(-1)?.seq ?? next;
      rest = order === 'newest first' ? { ...rest, upTo: next - 1 } : { ...rest, after: next };
      if (batch.length < BATCH) return { events, next: null };
    }
    return { events, next };
  }

  /** Returns the event with this number; null if there is none or if it is not shown. */
  async event(seq: number): Promise<FoundEvent | null> {
    const [event] = await this.#store.eventsIn(this.#channel, [{ listId: null, after: seq - 1, upTo: seq }], 1);
    if (!event) return null;
    const facts = factsByEvent(await this.#store.eventFacts(this.#channel, [seq]));
    return this.#isShown(event, facts) ? this.#found(event, facts) : null;
  }

  /** Reads the first events of a range that may meet conditions. */
  async #read(conditions: EventConditions, range: SeqRange, order: ReadOrder): Promise<StoredEvent[]> {
    const { outcome, zap = null } = conditions;
    const ranges = listRanges(this.#index, conditions, this.subscriptions, range);
    const parts = await Promise.all([
      this.#store.eventsIn(this.#channel, ranges, BATCH, order),
      ...kindRanges(this.#index, outcome, range).map(({ kind, range: part }) =>
        this.#store.notableEvents(this.#channel, kind, zap, part, BATCH, order),
      ),
    ]);
    const bySeq = new Map(parts.flat().map((event) => [event.seq, event]));
    const direction = order === 'newest first' ? -1 : 1;
    return [...bySeq.values()].sort((one, other) => direction * (one.seq - other.seq)).slice(0, BATCH);
  }

  #found(event: StoredEvent, facts: FactsByEvent): FoundEvent {
    const zaps = fatesOf(event, this.subscriptions, facts);
    return { ...event, zaps, outcome: mostUrgent(zaps.map(({ outcome }) => outcome)) };
  }

  /** Returns false for an event that is kept only to be compared with later events. */
  #isShown({ seq }: StoredEvent, facts: FactsByEvent): boolean {
    return seq > this.#index.expiredUpTo || (facts.get(seq)?.letters.size ?? 0) > 0;
  }

  #meets(event: FoundEvent, conditions: EventConditions, facts: FactsByEvent): boolean {
    const { outcome, zap, action } = conditions;
    if (!hasAction(event.actions, action) || !this.#isShown(event, facts)) return false;
    if (zap === undefined) return outcome === undefined || event.outcome === outcome;
    const fate = event.zaps.find((each) => each.zap === zap);
    return outcome === undefined ? fate !== undefined : (fate?.outcome ?? 'not_wanted') === outcome;
  }
}

const arrivedWithin = ({ receivedAt }: StoredEvent, { from = 0, to = Infinity }: EventConditions): boolean =>
  receivedAt >= from && receivedAt < to;

const seqsOf = (events: readonly StoredEvent[]): number[] => events.map(({ seq }) => seq);
