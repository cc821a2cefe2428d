/** Sample records, which the build computes to save 28 ms whenever Zapier starts the app. */

import type { FlatRecord } from './record/record.ts';

/** Sample records of the app. */
export interface Samples {
  /** The samples of triggers by key. */
  readonly triggers: Readonly<Record<string, FlatRecord>>;
  /** The samples of searches and actions by the object's key word. */
  readonly objects: Readonly<Record<string, FlatRecord>>;
}

/** The samples, set by the build. Null in the sources, which compute the samples from the sample deliveries. */
export const BUILT_SAMPLES: Samples | null = null;
