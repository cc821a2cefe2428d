/**
 * Reads the fields of incoming bodies that the relay needs to route deliveries. The relay reads no other fields, and
 * stores these fields unencrypted.
 *
 * Anyone who knows a webhook URL can send any body, and parsing a body blocks all other requests. The relay therefore
 * limits the length, the nesting depth, the number of values, the number of events, and the parsing time. A body that
 * exceeds a limit goes to every subscription, and each Zap parses the body again.
 */

import { eventsOf, type WireEvent } from '../../wire/delivery.ts';
import { CONCERN_WORDS, containsWord } from '../../wire/models.ts';
import type { DeliveryMetadata } from '../../wire/sealing/format.ts';
import { subjectAndTimeOf, subjectOf, type SubjectAndTime } from '../../wire/subject.ts';

/** The metadata of a delivery that is read from its body. */
interface Routing extends Pick<DeliveryMetadata, 'actions' | 'model' | 'subjectId' | 'eventTime'> {
  /** True if an event is about a wellbeing concern, or if the events are unknown. */
  readonly isConcern: boolean;
  /**
   * True if the delivery contains several events, which Zaps do not compare with earlier events. False if the events
   * are unknown.
   */
  readonly hasSeveralEvents: boolean;
}

/**
 * Maximum size of a body, in bytes. TutorCruncher's largest bodies, which describe tutors with hundreds of
 * qualifications, are half this size.
 */
const MAX_BYTES = 256 * 1024;
/**
 * Maximum size of a body that is parsed without the checks below, in bytes. Parsing such a body takes about as long as
 * receiving it.
 */
const SMALL_BYTES = 4 * 1024;
/**
 * Maximum number of commas, colons and opening brackets. TutorCruncher's largest bodies contain half as many of these
 * characters.
 */
const MAX_SEPARATORS = 40_000;
/** Maximum nesting depth of lists and objects. TutorCruncher's bodies have fewer than 10 levels. */
const MAX_DEPTH = 64;
/** Maximum number of events. A delivery from TutorCruncher has one event. */
const MAX_EVENTS = 1_000;
const MAX_ACTIONS = 100;
/** Maximum length of the actions as JSON, in characters. The actions are stored and sent with each delivery. */
const MAX_ACTIONS_LENGTH = 2_000;

/**
 * Maximum time that the relay spends on one channel's bodies that are larger than {@link SMALL_BYTES}, in milliseconds
 * per second.
 */
const MAX_MS_PER_SECOND = 25;

const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = [0x5b, 0x7b] as const;
const CLOSING = [0x5d, 0x7d] as const;

/**
 * Returns true if parsing a body takes no longer than is usual for its length. For speed, separators inside strings
 * count as well.
 */
function isSimple(body: Buffer): boolean {
  let separators = 0;
  let depth = 0;
  let index = 0;
  // A for...of loop over the buffer would take five times as long.
  while (index < body.length) {
    const byte = body[index++];
    if (byte === COMMA || byte === COLON) separators++;
    else if (byte === OPENING[0] || byte === OPENING[1]) {
      separators++;
      if (++depth > MAX_DEPTH) return false;
    } else if (byte === CLOSING[0] || byte === CLOSING[1]) depth--;
  }
  return separators <= MAX_SEPARATORS;
}

const NO_SUBJECT: SubjectAndTime = { model: null, subjectId: null, eventTime: null };

/** The routing of a body that exceeds a limit. */
const UNKNOWN: Routing = { actions: null, ...NO_SUBJECT, isConcern: true, hasSeveralEvents: false };

const isConcern = (event: WireEvent): boolean =>
  containsWord(CONCERN_WORDS, event.action) || containsWord(CONCERN_WORDS, subjectOf(event).model);

/**
 * Reads the fields of a body that determine the routing, with the sorted distinct actions of the events.
 *
 * @returns no actions for a body that is not JSON or has no events, such as a public profile; `null` as the actions of
 * a body that exceeds a limit and therefore goes to every subscription
 */
export function routingOf(body: Buffer): Routing {
  if (body.length > MAX_BYTES || (body.length > SMALL_BYTES && !isSimple(body))) return UNKNOWN;
  const events = eventsOf(body.toString('utf8'));
  if (events.length > MAX_EVENTS) return UNKNOWN;
  const actions = [...new Set(events.map(({ action }) => action))];
  const areFew = actions.length <= MAX_ACTIONS && JSON.stringify(actions).length <= MAX_ACTIONS_LENGTH;
  const [only] = events.length === 1 ? events : [];
  return {
    actions: areFew ? actions : null,
    ...(only ? subjectAndTimeOf(only) : NO_SUBJECT),
    isConcern: events.some(isConcern),
    hasSeveralEvents: events.length > 1,
  };
}

/** Returns the result of {@link routingOf}, or an unknown routing if the channel's bodies have taken too long. */
export type RoutingReader = (channel: string, body: Buffer) => Routing;

/**
 * Creates a reader that limits the time spent on each channel's bodies.
 *
 * @param now - a monotonic clock, in milliseconds
 */
export function createRoutingReader(now: () => number = () => performance.now()): RoutingReader {
  /** Milliseconds spent in the current second, by channel. */
  const spent = new Map<string, number>();
  let currentSecond = 0;
  return (channel, body) => {
    if (body.length <= SMALL_BYTES || body.length > MAX_BYTES) return routingOf(body);
    const start = now();
    const second = Math.floor(start / 1000);
    if (second !== currentSecond) spent.clear();
    currentSecond = second;
    const before = spent.get(channel) ?? 0;
    if (before >= MAX_MS_PER_SECOND) return UNKNOWN;
    const routing = routingOf(body);
    spent.set(channel, before + now() - start);
    return routing;
  };
}
