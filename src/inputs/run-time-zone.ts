/**
 * The time zone in which a run reads its inputs, and the locale (time zone, branch and currency) in which a run writes
 * the texts of its records.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { branchFactsOrNone } from '../api/branch.ts';
import { inputDataOf, metaOf } from '../api/bundle.ts';
import { pdfReference } from '../object/pdf-file.ts';
import type { Locale } from '../record/locale.ts';
import { currencySign } from '../record/money.ts';
import { internationalNumber } from '../record/phone-numbers.ts';
import { timeZoneNamed, UTC, type TimeZone } from '../record/time-zone.ts';
import type { StepRun } from '../api/step-run.ts';
import { TIME_ZONE_FIELD } from './time-zone-field.ts';
import { TIME_ZONE_ADVICE, typedTimeZone } from './time-zone-names.ts';

function chosenName(bundle: Bundle): string {
  const value = inputDataOf(bundle)[TIME_ZONE_FIELD.key];
  return typeof value === 'string' ? value.trim() : '';
}

const isTestRun = (bundle: Bundle): boolean => metaOf(bundle).isLoadingSample === true;

function branchOrZapTimeZone(branchName: string | null, bundle: Bundle): TimeZone | null {
  const zapName: unknown = metaOf(bundle).timezone;
  return (
    (branchName === null ? null : timeZoneNamed(branchName)) ??
    (typeof zapName === 'string' ? timeZoneNamed(zapName) : null)
  );
}

/**
 * Returns the time zone of dates, and of times without an offset, in a step's inputs: the branch's time zone, or else
 * the Zap's; null if both are unknown.
 */
export const inputTimeZone = async (run: StepRun): Promise<TimeZone | null> =>
  branchOrZapTimeZone(await run.readBranchTimeZone(), run.bundle);

/**
 * Time limit for reading the branch before a step writes texts, in milliseconds. The texts can be written without the
 * branch.
 */
const BRANCH_MS = 2_000;

/**
 * Returns the locale in which a step writes texts. The time zone is the chosen time zone, or else the branch's, or else
 * the Zap's, or else UTC. The currency is the branch's. A live run ignores an invalid choice instead of failing, so
 * that no event is lost.
 *
 * @throws {Error} if the chosen name is invalid in a test run; Zapier's editor shows the error
 */
export async function localeOf(
  z: ZObject,
  bundle: Bundle,
  isTest = isTestRun(bundle),
  timeoutMs = BRANCH_MS,
): Promise<Locale> {
  const chosen = chosenName(bundle);
  const chosenZone = timeZoneNamed(typedTimeZone(chosen) ?? '');
  if (chosen !== '' && chosenZone === null && isTest) {
    throw new z.errors.Error(
      `The field "Time Zone" of this step does not contain the name of a time zone. ${TIME_ZONE_ADVICE} Or leave the field ` +
        'empty. Otherwise, the Zap will write times in the time zone of your branch.',
      'InvalidInput',
    );
  }
  const { id, name, timezone, currency } = await branchFactsOrNone(z, bundle, { timeoutMs });
  return {
    branch: { id, name },
    timeZone: chosenZone ?? branchOrZapTimeZone(timezone, bundle) ?? UTC,
    currencySign: currencySign(currency),
    internationalNumber,
    pdf: (record, key) => pdfReference(z, record, key),
  };
}

/** Returns the locale of a run. Reading the branch takes at most half of the time that is left for reads. */
export const localeIn = (run: StepRun): Promise<Locale> =>
  localeOf(run.z, run.bundle, isTestRun(run.bundle), Math.max(1, Math.floor(run.leftForReads / 2)));
