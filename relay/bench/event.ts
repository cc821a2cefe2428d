/** What the bench sends: events of the size that TutorCruncher's have, each with a number and the time it was sent. */

import { createHash } from 'node:crypto';

/** About what a lesson with two students has. */
export const EVENT_BYTES = 1400;
/** The action of events that somebody waits for. */
export const WANTED = 'A';
/** Nobody checks it on the way; it only has to look like one. */
export const SIGNATURE = createHash('sha256').update('the bench').digest('hex');

/** Equal bytes are one delivery to a relay, so each process that makes events makes its own. */
const RUN = `${process.pid}-${Date.now()}`;

/** Milliseconds of the one clock that all processes of a machine share. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * The body of an event.
 *
 * @param sentAt - by {@link sharedNow}; 0 for one whose way is not timed
 */
export function eventBody(number: number, sentAt: number, bytes = EVENT_BYTES): string {
  const id = `e${number}-${RUN}`;
  const start = `{"n": ${number}, "t": ${sentAt.toFixed(3)}, "events": [{"action": "${WANTED}", "subject": {"model": "Lesson", "id": "${id}", "topic": "`;
  return `${start.padEnd(bytes - 5, 'x')}"}}]}`;
}

/** Reads an event's number and time from the first bytes of its body; null for anything else. */
export function readEvent(start: string): { readonly number: number; readonly sentAt: number } | null {
  const [, number, sentAt] = /^\{"n": (\d+), "t": ([\d.]+),/.exec(start) ?? [];
  return number === undefined ? null : { number: Number(number), sentAt: Number(sentAt) };
}

/** Milliseconds below which half, 99 % and all of some times lie; null where there were none. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function spreadOf(times: readonly number[]): Spread | null {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return sorted.length === 0 ? null : { p50: at(0.5), p99: at(0.99), max: at(1) };
}
