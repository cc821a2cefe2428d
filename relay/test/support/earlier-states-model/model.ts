/**
 * A model of a store's earlier states, for one channel. The model follows the description in
 * `relay/store/deliveries/earlier-states.ts` literally, uses plain lists, and ignores performance. The model shares no
 * code with the stores.
 */

import { DAY, HOUR } from '../../../harness/durations.ts';

export const RETENTION = {
  bodyMs: 72 * HOUR,
  duplicateMs: 72 * HOUR,
  deadLetterMs: 14 * DAY,
  earlierStateMs: 10 * DAY,
};
/**
 * Step of the model's clock: the ordinary retention period plus a day, because retention checks a dead letter once a
 * day.
 */
const EXPIRY = 97 * HOUR;

/** An action that no subscription selects. */
export const UNWANTED = 'UNWANTED';
export const EDITED = 'EDITED_AN_APPOINTMENT';
export const DELETED = 'DELETED_AN_APPOINTMENT';
export const CONCERN = 'RAISED_A_WELLBEING_CONCERN';

/** A delivery in the model. */
export interface Stored {
  readonly name: string;
  readonly action: string;
  /** Null if the delivery has no subject. */
  readonly subject: string | null;
  readonly eventTime: number;
  readonly receivedAt: number;
}

interface Entry extends Stored {
  hasContent: boolean;
  isRemembered: boolean;
  previous: Entry | null;
  /** The first delivery of the burst; null for a delivery that belongs to no burst. */
  burst: Entry | null;
}

/** A send of a delivery to a subscription. */
export interface Send {
  readonly entry: Entry;
  state: 'pending' | 'redriven' | 'delivered' | 'dead';
  endedAt: number;
}

/** A subscription in the model. */
export interface Subscriber {
  readonly url: string;
  readonly selects: (action: string) => boolean;
  readonly sends: Send[];
}

interface SubjectStates {
  readonly newest: Entry;
  /** The first delivery of the burst. */
  readonly first: Entry;
  /** Event time of the first delivery of the burst. */
  readonly burst: number;
  readonly earlier: Entry | null;
  hasEnded: boolean;
}

/** A delivery to store. */
export type Arrival = Pick<Stored, 'name' | 'action' | 'subject' | 'eventTime'>;

/** The name of each delivery, of its previous delivery, and of the deliveries of its burst, oldest first. */
export type Contents = (readonly [name: string, previous: string | null, ...burst: string[]])[];

export const isWaiting = ({ state }: Send): boolean => state === 'pending' || state === 'redriven';

export class Model {
  now: number;
  readonly entries: Entry[] = [];
  subscribers: Subscriber[] = [];
  readonly #endedSends: Send[] = [];
  readonly #subjects = new Map<string, SubjectStates>();
  /** The number of subscriptions that selected each delivery. */
  readonly #sizes = new Map<string, number>();

  constructor(now: number) {
    this.now = now;
  }

  #sendsOf = (entry: Entry): Send[] =>
    [...this.subscribers.flatMap(({ sends }) => sends), ...this.#endedSends].filter((send) => send.entry === entry);

  /** Returns true if a delivery must not be removed to make room for others. */
  isWaiting = (entry: Stored): boolean => this.#sendsOf(entry as Entry).some(isWaiting);

  #isSettled = (entry: Entry): boolean => this.#sendsOf(entry).every(({ state }) => state === 'delivered');

  ingest({ name, action, subject, eventTime }: Arrival): void {
    const selecting = this.subscribers.filter(({ selects }) => selects(action));
    const hasContent = action !== CONCERN || selecting.length > 0;
    const base = { name, action, subject, eventTime, receivedAt: this.now };
    const entry: Entry = { ...base, hasContent, isRemembered: false, previous: null, burst: null };
    this.#sizes.set(name, selecting.length);
    for (const { sends } of selecting) sends.push({ entry, state: 'pending', endedAt: this.now });
    if (subject !== null) this.#remember(entry, subject);
    this.entries.push(entry);
    if (selecting.length === 0) this.#settle(entry);
  }

  #remember(entry: Entry, subject: string): void {
    const states = this.#subjects.get(subject);
    const { eventTime } = entry;
    const start = (earlier: Entry | null): void => {
      entry.previous = earlier;
      entry.burst = entry;
      this.#subjects.set(subject, { newest: entry, first: entry, burst: eventTime, earlier, hasEnded: false });
    };
    if (!states) start(null);
    else if (states.hasEnded) {
      if (eventTime > states.newest.eventTime) start(null);
    } else if (eventTime > states.burst + 5000) start(states.newest);
    else if (eventTime >= states.burst - 5000) {
      const { earlier, newest, first } = states;
      entry.burst = first;
      if (earlier && earlier.eventTime < eventTime) entry.previous = earlier;
      if (eventTime >= newest.eventTime) this.#subjects.set(subject, { ...states, newest: entry });
    }
  }

  #isNewest = (entry: Entry): SubjectStates | null => {
    const states = this.#subjects.get(entry.subject ?? '');
    return states?.newest === entry ? states : null;
  };

  #remove(entry: Entry): void {
    entry.hasContent = false;
    entry.isRemembered = false;
    if (this.#isNewest(entry)) this.#subjects.delete(entry.subject ?? '');
    this.#removeSends(entry, () => true);
  }

  #removeSends(entry: Entry, isRemoved: (send: Send) => boolean): void {
    for (const sends of [...this.subscribers.map((one) => one.sends), this.#endedSends]) {
      const kept = sends.filter((send) => send.entry !== entry || !isRemoved(send));
      sends.splice(0, Infinity, ...kept);
    }
  }

  #isNeeded = (entry: Entry): boolean =>
    this.#isNewest(entry)?.hasEnded === false ||
    this.entries.some((other) => other.previous === entry && other.hasContent && !other.isRemembered) ||
    this.#burstOf(entry).some((other) => this.#isAfter(other, entry) && !other.isRemembered);

  /** Returns the stored deliveries of a delivery's burst, in order of arrival. */
  #burstOf = ({ burst }: Entry): Entry[] =>
    this.entries.filter((other) => burst !== null && other.burst === burst && other.hasContent);

  #isAfter = (one: Entry, other: Entry): boolean => this.entries.indexOf(one) > this.entries.indexOf(other);

  /** Returns the deliveries of the burst that a delivery is compared with, oldest first. */
  #earlierInBurst(entry: Entry): Entry[] {
    if (entry.isRemembered) return [];
    const before = this.#burstOf(entry).filter((other) => this.#isAfter(entry, other));
    // The sort is stable, so deliveries with the same event time remain in order of arrival.
    before.sort((one, other) => one.eventTime - other.eventTime);
    const others = before.filter((other) => other !== entry.burst);
    return before.filter((other) => other === entry.burst || others.indexOf(other) >= others.length - 7);
  }

  /** Removes a settled concern, and ends the comparison of a subject whose settled deletion is its newest state. */
  #settle(entry: Entry): void {
    if (!entry.hasContent || !this.#isSettled(entry)) return;
    if (entry.action === CONCERN) this.#remove(entry);
    const states = this.#isNewest(entry);
    if (entry.action !== DELETED || !states) return;
    states.hasEnded = true;
    entry.previous = null;
    // A deletion that no subscription selects ends the comparison on arrival, and is never compared.
    if ((this.#sizes.get(entry.name) ?? 0) === 0) entry.burst = null;
  }

  end(send: Send, state: 'delivered' | 'dead'): void {
    send.state = state;
    send.endedAt = this.now;
    this.#settle(send.entry);
  }

  unsubscribe(subscriber: Subscriber): void {
    this.subscribers = this.subscribers.filter((one) => one !== subscriber);
    this.#endedSends.push(...subscriber.sends);
    for (const send of subscriber.sends.filter(isWaiting)) this.end(send, 'dead');
  }

  retain(): void {
    for (const entry of this.entries.filter(({ hasContent }) => hasContent)) {
      const ends = this.#sendsOf(entry).map(({ endedAt }) => endedAt);
      const isExpired = ({ state, endedAt }: Send): boolean =>
        (state === 'dead' || state === 'redriven') && endedAt + RETENTION.deadLetterMs <= this.now;
      this.#removeSends(entry, isExpired);
      this.#settle(entry);
      if (!this.#isSettled(entry) || Math.max(entry.receivedAt, ...ends) + RETENTION.bodyMs > this.now) continue;
      const isOld = entry.receivedAt + RETENTION.earlierStateMs <= this.now;
      if (entry.hasContent && !isOld && this.#isNeeded(entry)) {
        entry.isRemembered = true;
        entry.previous = null;
        this.#removeSends(entry, () => true);
      } else if (entry.hasContent) this.#remove(entry);
    }
    // A removal or the end of a comparison can make other remembered deliveries unnecessary.
    const unneeded = this.entries.filter((entry) => entry.isRemembered && !this.#isNeeded(entry));
    for (const entry of unneeded) this.#remove(entry);
    if (unneeded.length > 0) this.retain();
  }

  /** Advances the clock until the ordinary retention period of all settled deliveries has ended, and runs retention. */
  expire(): void {
    this.now += EXPIRY;
    this.retain();
  }

  /** Returns the number of subscriptions that selected deliveries when they were stored. */
  sendsOf(entries: readonly Stored[]): number {
    return entries.reduce((sum, { name }) => sum + (this.#sizes.get(name) ?? 0), 0);
  }

  /** Removes every delivery that is not waiting. */
  makeRoom(): void {
    for (const entry of this.entries) if (entry.hasContent && !this.isWaiting(entry)) this.#remove(entry);
  }

  /** Returns the names of all deliveries with content, each with the names of its earlier deliveries. */
  contents(): Contents {
    return this.entries
      .filter(({ hasContent }) => hasContent)
      .map((entry) => {
        const { name, previous } = entry;
        const burst = this.#earlierInBurst(entry).map((earlier) => earlier.name);
        return [name, previous?.hasContent ? previous.name : null, ...burst];
      });
  }

  get remembered(): number {
    return this.entries.filter(({ isRemembered }) => isRemembered).length;
  }
}
