/**
 * Parts of the app's definition that zapier-platform-core does not copy. On each call, core copies the whole definition
 * twice with lodash and twice with its own function. lodash passes objects with a custom tag by reference. Core's own
 * function copies only arrays, and objects whose constructor is `Object`. Without shared parts, a call takes seven
 * times the CPU time (docs/performance.md).
 */

import { withLazy } from './once.ts';

const SHARED_PART = { constructor: null };

/**
 * The prototype of collections of steps. lodash passes such collections by reference, and core's own function copies
 * them.
 */
const STEPS = {
  // The tag is a getter, because lodash removes writable tags.
  get [Symbol.toStringTag](): string {
    return 'Steps';
  },
};

/** Returns a copy of a part of a step. Core passes the copy by reference, and does not search it for functions. */
export function sharedPart<T extends object>(part: T): T {
  const shared = { ...part };
  // V8 copies properties much faster into an object with the ordinary prototype, which saves 0.6 ms of each import.
  Object.setPrototypeOf(shared, SHARED_PART);
  return shared;
}

/** Returns the fields of a step as shared parts. Fields that are functions stay unchanged. */
export function sharedFields<T extends object>(fields: readonly T[]): T[] {
  const shared: T[] = [];
  // A loop is used instead of a callback, which would be called for each of the app's 600 fields at each import.
  for (const field of fields) shared.push(typeof field === 'function' ? field : sharedPart(field));
  return shared;
}

/**
 * Adds the sample to the operation of a step. The sample is a shared part that is computed when it is first read.
 * Without a build, computing the samples of all steps takes 65 ms, and most tests read at most one sample.
 */
export const withSample = <T extends object, Sample extends object>(sample: () => Sample, operation: T) =>
  withLazy(operation, { sample: () => sharedPart(sample()) });

/** Returns the triggers, searches or actions of a definition as a collection that core copies only once. */
export const sharedSteps = <T extends object>(steps: T): T => ({ __proto__: STEPS, ...steps });
