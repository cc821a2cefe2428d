/**
 * A model of a store's memory, for one channel. It follows the description in `relay/store/memory.ts` literally, uses
 * plain lists, and disregards cost. It shares no code with the stores.
 */

import { DAY, HOUR } from '../../harness/durations.ts';

export const RETENTION = { bodyMs: 72 * HOUR, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY, memoryMs: 10 * DAY };
/**
 * The step of the model's clock: the ordinary retention period, plus one hour because retention may be up to an hour
 * late.
 */
const EXPIRY = 73 * HOUR;

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
  readonly hasContent: boolean;
  readonly isRemembered: boolean;
  readonly previous: Stored | null;
  /** Event time of the first delivery of its burst; null if the delivery is not a state. */
  readonly burst: number | null;
  /** True if the delivery deletes its subject, and the memory of the subject has not ended yet. */
  readonly isDeleting: boolean;
  /** True if the delivery has ended the memory of its subject. */
  readonly hasDeleted: boolean;
}

type Entry = { -readonly [Key in keyof Stored]: Key extends 'previous' ? Entry | null : Stored[Key] };

export interface DeadLetter {
  readonly entry: Stored;
  readonly deadAt: number;
  readonly isRedriven: boolean;
}

/** A subscription in the model. */
export interface Subscriber {
  readonly url: string;
  readonly selects: (action: string) => boolean;
  /** Index of the first delivery that the subscription has not passed. */
  next: number;
  deadLetters: DeadLetter[];
}

/** A delivery to store. */
export type Arrival = Pick<Stored, 'name' | 'action' | 'subject' | 'eventTime'>;

const isNewer = (one: Stored, other: Stored): boolean => one.eventTime >= other.eventTime;

export class Model {
  now: number;
  /**
   * Names of remembered deliveries that have been replaced since the last retention. A store may keep their contents
   * until the next retention.
   */
  readonly replaced = new Set<string>();
  /** All deliveries, in order of arrival. */
  readonly entries: Entry[] = [];
  subscribers: Subscriber[] = [];
  /** Number of deliveries whose ordinary retention has ended. */
  #expired = 0;

  constructor(now: number) {
    this.now = now;
  }

  #newest(subject: string | null): Entry | null {
    let newest: Entry | null = null;
    for (const entry of this.entries) {
      if (entry.burst === null || entry.subject !== subject) continue;
      if (!newest || isNewer(entry, newest)) newest = entry;
    }
    return newest;
  }

  isDead = (entry: Stored): boolean =>
    this.subscribers.some(({ deadLetters }) => deadLetters.some((letter) => letter.entry === entry));

  /** Returns true if a subscription is waiting for a delivery. */
  #waitsFirst = (entry: Stored): boolean =>
    this.subscribers.some(
      ({ selects, next }) => selects(entry.action) && this.entries.findIndex((one) => one === entry) >= next,
    );

  /** Returns true if a delivery must not be removed to make room for others. */
  isWaiting = (entry: Stored): boolean =>
    this.#waitsFirst(entry) ||
    this.subscribers.some(({ deadLetters }) =>
      deadLetters.some((letter) => letter.entry === entry && letter.isRedriven),
    );

  ingest({ name, action, subject, eventTime }: Arrival): void {
    const isStored = action !== CONCERN || this.subscribers.some(({ selects }) => selects(action));
    const entry: Entry = {
      ...{ name, action, subject, eventTime, receivedAt: this.now, hasContent: isStored, isRemembered: false },
      ...{ previous: null, burst: null, isDeleting: action === DELETED && subject !== null, hasDeleted: false },
    };
    if (subject !== null) this.#place(entry);
    this.entries.push(entry);
    const remembered = this.entries.filter(({ isRemembered }) => isRemembered);
    this.#forgetUnneeded();
    for (const { name: replaced, hasContent } of remembered) if (!hasContent) this.replaced.add(replaced);
  }

  #place(entry: Entry): void {
    const newest = this.#newest(entry.subject);
    if (!newest) {
      entry.burst = entry.eventTime;
    } else if (newest.hasDeleted) {
      if (entry.eventTime > newest.eventTime) entry.burst = entry.eventTime;
    } else {
      const anchor = newest.burst ?? NaN;
      if (entry.eventTime > anchor + 5000) {
        entry.burst = entry.eventTime;
        entry.previous = newest;
      } else if (entry.eventTime >= anchor - 5000) {
        entry.burst = anchor;
        const { previous } = newest;
        if (previous?.hasContent && previous.eventTime < entry.eventTime) entry.previous = previous;
      }
    }
  }

  #remove(entry: Entry): void {
    if (entry.isDeleting) this.#endMemory(entry);
    entry.hasContent = false;
    entry.isRemembered = false;
    entry.burst = null;
    for (const subscriber of this.subscribers) {
      subscriber.deadLetters = subscriber.deadLetters.filter((letter) => letter.entry !== entry);
    }
  }

  #isNeeded = (entry: Entry): boolean => {
    if (entry.burst === null) return false;
    if (this.#newest(entry.subject) === entry) return !entry.hasDeleted;
    return this.entries.some((other) => other.previous === entry && other.hasContent && !other.isRemembered);
  };

  /** Removes remembered deliveries that are no longer needed. */
  #forgetUnneeded(): void {
    for (const entry of this.entries) if (entry.isRemembered && !this.#isNeeded(entry)) this.#remove(entry);
  }

  #endMemory(deletion: Entry): void {
    deletion.isDeleting = false;
    deletion.hasDeleted = true;
    const position = this.entries.indexOf(deletion);
    this.entries.forEach((entry, index) => {
      const isOlder =
        entry.eventTime < deletion.eventTime || (entry.eventTime === deletion.eventTime && index < position);
      if (entry.subject !== deletion.subject || entry === deletion || !isOlder || entry.burst === null) return;
      entry.burst = null;
      if (entry.isRemembered) this.#remove(entry);
    });
  }

  /** Settles the concerns and deletions that no subscription is waiting for. */
  settle(isDue: (entry: Stored) => boolean): void {
    for (const entry of this.entries) {
      if (!entry.hasContent || !isDue(entry) || this.#waitsFirst(entry) || this.isDead(entry)) continue;
      if (entry.action === CONCERN) this.#remove(entry);
      if (entry.isDeleting) this.#endMemory(entry);
    }
    this.#forgetUnneeded();
  }

  /** Moves the cursor of a subscription, and settles the deliveries that it passes. */
  pass(subscriber: Subscriber, next: number): void {
    const passed = this.entries.slice(subscriber.next, next);
    subscriber.next = Math.max(subscriber.next, next);
    this.settle((entry) => passed.some((one) => one === entry));
  }

  retain(): void {
    this.replaced.clear();
    for (const subscriber of this.subscribers) {
      subscriber.deadLetters = subscriber.deadLetters.filter(
        ({ deadAt }) => deadAt >= this.now - RETENTION.deadLetterMs,
      );
    }
    this.settle(() => true);
    const isOld = ({ receivedAt }: Stored): boolean => receivedAt <= this.now - RETENTION.memoryMs;
    for (const entry of this.entries) if (entry.isRemembered && isOld(entry)) this.#remove(entry);
    for (const entry of this.entries.slice(0, this.#expired)) {
      if (!entry.hasContent || entry.isRemembered || this.isDead(entry)) continue;
      if (isOld(entry) || !this.#isNeeded(entry)) {
        this.#remove(entry);
      } else {
        entry.isRemembered = true;
        entry.previous = null;
      }
      this.#forgetUnneeded();
    }
  }

  /** Ends the ordinary retention of deliveries that all subscriptions have passed. */
  expire(): void {
    this.retain();
    this.#expired = Math.max(this.#expired, Math.min(this.entries.length, ...this.subscribers.map(({ next }) => next)));
    this.now += EXPIRY;
    this.retain();
  }

  /** Removes every delivery that is not waiting. */
  makeRoom(): void {
    for (const entry of this.entries) if (entry.hasContent && !this.isWaiting(entry)) this.#remove(entry);
    this.#forgetUnneeded();
  }

  /** Returns the names of all deliveries with content, each with the name of its previous delivery. */
  contents(): (readonly [name: string, previous: string | null])[] {
    return this.entries
      .filter(({ hasContent }) => hasContent)
      .map(({ name, previous }) => [name, previous?.hasContent ? previous.name : null]);
  }

  get remembered(): number {
    return this.entries.filter(({ isRemembered }) => isRemembered).length;
  }
}
