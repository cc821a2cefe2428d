/**
 * Reading of the actions in incoming bodies, by which deliveries are matched with subscriptions. Anybody who knows a
 * webhook URL can send any body, and parsing holds up all other requests. Length, nesting, number of values and events, and
 * time are therefore bounded. A body beyond the bounds goes to every subscription, and each Zap reads it again.
 */

import type { DeliveryActions } from '../wire/action-filter.ts';
import { eventsOf } from '../wire/delivery.ts';

/** The largest bodies of TutorCruncher, about tutors with hundreds of qualifications, have half of that. */
const MAX_BYTES = 256 * 1024;
/** Smaller bodies are parsed at once: at worst, this takes about as long as receiving them. */
const SMALL_BYTES = 4 * 1024;
/** Maximum number of commas, colons and brackets. TutorCruncher's largest bodies have about half of that. */
const MAX_SEPARATORS = 40_000;
/** Levels of lists and objects. TutorCruncher's bodies have fewer than 10. */
const MAX_DEPTH = 64;
/** A delivery of TutorCruncher has one event. */
const MAX_EVENTS = 1_000;
const MAX_ACTIONS = 100;

/** Milliseconds in each second that may be spent on the larger bodies of one channel. */
const MAX_MS_PER_SECOND = 25;

const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = [0x5b, 0x7b] as const;
const CLOSING = [0x5d, 0x7d] as const;

/**
 * Returns true if parsing a body takes no longer than usual for its length. Brackets inside of strings count as well,
 * which is wrong in the safe direction and faster.
 */
function isSimple(body: Buffer): boolean {
  let separators = 0;
  let depth = 0;
  for (const byte of body) {
    if (byte === COMMA || byte === COLON) separators++;
    else if (byte === OPENING[0] || byte === OPENING[1]) {
      separators++;
      if (++depth > MAX_DEPTH) return false;
    } else if (byte === CLOSING[0] || byte === CLOSING[1]) depth--;
  }
  return separators <= MAX_SEPARATORS;
}

/**
 * Returns the distinct actions of a body's events, in order.
 *
 * @returns an empty list for a body that is not JSON or has no events, such as a public profile; null for a body beyond
 *   the bounds, which goes to every subscription
 */
export function actionsOf(body: Buffer): DeliveryActions {
  if (body.length > MAX_BYTES || (body.length > SMALL_BYTES && !isSimple(body))) return null;
  const events = eventsOf(body.toString('utf8'));
  if (events.length > MAX_EVENTS) return null;
  const actions = new Set(events.map(({ action }) => action));
  return actions.size > MAX_ACTIONS ? null : [...actions];
}

/** Reads actions, and limits the time that each channel's bodies take. */
export class ActionReader {
  readonly #now: () => number;
  /** Milliseconds spent in the current second, by channel. */
  readonly #spent = new Map<string, number>();
  #second = 0;

  /** @param now - a monotonic clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns the actions of a body as {@link actionsOf} does; null if the channel's bodies have taken too long. */
  actionsOf(channel: string, body: Buffer): DeliveryActions {
    if (body.length <= SMALL_BYTES || body.length > MAX_BYTES) return actionsOf(body);
    const start = this.#now();
    const second = Math.floor(start / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#spent.clear();
    }
    const spent = this.#spent.get(channel) ?? 0;
    if (spent >= MAX_MS_PER_SECOND) return null;
    const actions = actionsOf(body);
    this.#spent.set(channel, spent + this.#now() - start);
    return actions;
  }
}
