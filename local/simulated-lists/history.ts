/** Histories of simulated records. Every change has a time, so that the state at each moment is known in advance. */

import { MINUTE, type Interval } from './simulated-time.ts';

/** A version of a record: the record's state until the next version. */
export interface Version {
  readonly from: number;
  /** The record's status: `deleted` for a record that has been deleted, null for a record without a status. */
  readonly status: string | null;
}

/** A record with all its states. */
export interface History<V extends Version> {
  readonly id: number;
  readonly versions: readonly V[];
}

/**
 * The id that the Zap receives, and the period in which the record triggers the Zap. Any part of the period outside the
 * duration of the record's state is ignored.
 */
type Trigger = Interval & { readonly id: string };

/**
 * Returns the trigger of a record in a state: null if the state never triggers the Zap, a list if the state triggers
 * the Zap several times.
 */
export type Condition<V extends Version> = (id: number, version: V) => Trigger | readonly Trigger[] | null;

/**
 * Returns a generator of random numbers from 0 to 1, which always produces the same sequence for a seed (mulberry32).
 */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns a random full minute between two moments. */
export type MinutesBetween = (from: number, to: number) => number;

/**
 * Returns a function that generates the random minutes of a list. The sequence depends only on the list's path, so that
 * a new list changes no other list.
 */
export function minutesBetween(path: string): MinutesBetween {
  const random = generator(Buffer.from(path).reduce((seed, byte) => 31 * seed + byte, 7));
  return (from, to) => Math.floor((from + random() * (to - from)) / MINUTE) * MINUTE;
}

/**
 * Returns the time of a change, in the same minute as the given moment. Changes happen in the first seconds of a
 * minute, while the polls of this minute read their lists.
 */
export const atChange = (moment: number): number => Math.floor(moment / MINUTE) * MINUTE + 300 + (moment % 7) * 500;

/** Numbers records in the order of their first states. */
export const numbered = <V extends Version>(drafts: readonly (readonly V[])[]): History<V>[] =>
  [...drafts]
    .sort(([one], [other]) => (one?.from ?? 0) - (other?.from ?? 0))
    .map((versions, index) => ({ id: 100 + index, versions }));

/** Returns the periods in which records trigger the Zap, keyed by the id that the Zap receives. */
export function timesOf<V extends Version>(
  histories: readonly History<V>[],
  condition: Condition<V>,
): Map<string, Interval[]> {
  const times = new Map<string, Interval[]>();
  for (const { id, versions } of histories) {
    for (const [index, version] of versions.entries()) {
      const until = versions[index + 1]?.from ?? Infinity;
      const met = condition(id, version) ?? [];
      for (const trigger of 'id' in met ? [met] : met) {
        const held = { from: Math.max(trigger.from, version.from), to: Math.min(trigger.to, until) };
        if (held.to > held.from) times.set(trigger.id, [...(times.get(trigger.id) ?? []), held]);
      }
    }
  }
  return times;
}

/** Formats a moment as in the ids that Zaps receive. */
export const idTime = (moment: number): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;
