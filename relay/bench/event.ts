/** The events that the bench sends. Each has a realistic size, a number, and the time when it was sent. */

import { createHash } from 'node:crypto';

/** Size of an event about a lesson with two students. */
export const EVENT_BYTES = 1400;
/** The action of all events. Active subscriptions select it. */
export const WANTED_ACTION = 'A';
/** A signature in the right format. Nothing in the bench verifies it. */
export const SIGNATURE = createHash('sha256').update('the bench').digest('hex');

/** Distinguishes the events of different processes, because a relay stores identical bytes only once. */
const RUN = `${process.pid}-${Date.now()}`;

/** Returns the time of the monotonic clock that all processes on the machine share, in milliseconds. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A prime factor that spreads consecutive events over the subjects. */
const SPREAD = 7_919;

/**
 * Returns the body of an event. Its time is the timestamp, which a relay leaves unencrypted.
 *
 * @param number - a number that is unique among the events of the process
 * @param sentAt - a time of {@link sharedNow}; 0 for an event whose latency is not measured
 * @param options.subjects - number of lessons that the events are about; default: one per event
 */
export function eventBody(
  number: number,
  sentAt: number,
  { bytes = EVENT_BYTES, subjects = Infinity }: { readonly bytes?: number; readonly subjects?: number } = {},
): string {
  const time = sentAt > 0 ? `"${new Date(sentAt).toISOString()}"` : 'null';
  const id = subjects === Infinity ? number : (number * SPREAD) % subjects;
  const subject = `{"model": "Lesson", "id": ${id}, "number": ${number}, "run": "${RUN}", "topic": "`;
  const start = `{"events": [{"action": "${WANTED_ACTION}", "timestamp": ${time}, "subject": ${subject}`;
  return `${start.padEnd(bytes - 5, 'x')}"}}]}`;
}

/** The identity and the time in the envelope of an event, and in its body. */
const EVENT = /"delivery_id":"([^"]+)".*?"event_time":(\d+)?|"timestamp": (?:null|"([^"]+)"), .*?"number": (\d+)/;

/**
 * Reads an event's identity and time from the first bytes of its envelope or body. Returns null for any other text. The time
 * is 0 for an event whose latency is not measured.
 */
export function readEvent(start: string): { readonly identity: string; readonly sentAt: number } | null {
  const found = EVENT.exec(start);
  if (!found) return null;
  const [, deliveryId, sealedTime, timestamp, number = ''] = found;
  const sentAt = timestamp === undefined ? Number(sealedTime ?? 0) : Date.parse(timestamp);
  return { identity: deliveryId ?? number, sentAt };
}

/** Percentiles of a latency, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Returns the percentiles of a list of times; null if the list is empty. */
export function percentilesOf(times: readonly number[]): Percentiles | null {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return sorted.length === 0 ? null : { p50: at(0.5), p99: at(0.99), max: at(1) };
}
