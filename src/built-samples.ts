/** Sample records, which the build computes to save 50 ms whenever Zapier starts the app. */

import type { FlatRecord } from './record/record.ts';

/** Sample records of the app. */
export interface Samples {
  /** The samples of triggers by key. */
  readonly triggers: Readonly<Record<string, FlatRecord>>;
  /** The samples of searches and actions by the object's key word. */
  readonly objects: Readonly<Record<string, FlatRecord>>;
}

/** Set by the build, as JSON. */
declare const BUILT_SAMPLES: string;

/** The samples. Null in the sources, which compute the samples from the sample deliveries. */
export const SAMPLES: Samples | null =
  typeof BUILT_SAMPLES === 'undefined' ? null : (JSON.parse(BUILT_SAMPLES) as Samples);
