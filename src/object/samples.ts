/** Sample records. The build computes the samples in advance, which saves 50 ms each time Zapier starts the app. */

import { once } from '../once.ts';
import type { Locale } from '../record/locale.ts';
import { currencySign } from '../record/money.ts';
import { internationalNumber } from '../record/phone-numbers.ts';
import type { FlatRecord } from '../record/record.ts';
import { timeZoneNamed, UTC } from '../record/time-zone.ts';
import type { RecordBranch } from '../record/branch-fields.ts';

/** Sample records of the app. */
export interface Samples {
  readonly triggers: Readonly<Record<string, FlatRecord>>;
  readonly objects: Readonly<Record<string, FlatRecord>>;
  /**
   * Sample results of the searches for many records, by the key of the search. Each sample is the record of one row,
   * with the summary of the search.
   */
  readonly searches: Readonly<Record<string, FlatRecord>>;
}

declare const BUILT_SAMPLES: string;

/** The samples that the build has computed; null in the sources, which compute samples from the sample deliveries. */
export const SAMPLES: Samples | null =
  typeof BUILT_SAMPLES === 'undefined' ? null : (JSON.parse(BUILT_SAMPLES) as Samples);

/** Returns the sample of a trigger. @param compute - computes the sample in the sources */
export const sampleOf = (key: string, compute: () => FlatRecord): FlatRecord => SAMPLES?.triggers[key] ?? compute();

/** The branch of the samples. */
export const SAMPLE_BRANCH: RecordBranch = { id: 4021, name: 'Bristol Branch' };

/** Returns the locale of the samples, whose fictional people live in Bristol. */
export const sampleLocale = once((): Locale => ({
  branch: SAMPLE_BRANCH,
  timeZone: timeZoneNamed('Europe/London') ?? UTC,
  currencySign: currencySign('GBP'),
  internationalNumber,
  pdf: (record, key) => record[`${key}_url`] ?? null,
}));
