/** Sample records that the build computes. Computing them when the app starts at Zapier would take 28 ms. */

import type { FlatRecord } from './record/record.ts';

/** Sample records of the app. */
export interface Samples {
  /** The samples of triggers by key. */
  readonly triggers: Readonly<Record<string, FlatRecord>>;
  /** The samples of searches and actions by the key word of their object. */
  readonly objects: Readonly<Record<string, FlatRecord>>;
}

/** The samples; null in the sources, which compute them from the sample deliveries. The build sets this constant. */
export const BUILT_SAMPLES: Samples | null = null;
