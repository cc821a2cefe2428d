/** Comparisons of two states of a subject, with the changes as lines of text. */

import { client } from '../../objects/client.ts';
import { compareSubjects, type Comparison } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE, type Locale } from '../../src/record/locale.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';

export const LONDON: Locale = {
  ...NEUTRAL_LOCALE,
  timeZone: timeZoneNamed('Europe/London') ?? UTC,
  currencySign: '£',
};

export const compare = (
  { layout }: Pick<TutorCruncherObject, 'layout'>,
  earlier: JsonObject,
  later: JsonObject,
  hasBalances = false,
): Comparison => compareSubjects(earlier, later, { layout, locale: LONDON, hasBalances });

/** Returns the changes between two states as text. */
export const linesOf = ({ changes }: Comparison): string[] =>
  changes.map(({ field, before, after }) => `${field}: ${before} → ${after}`);

/**
 * Returns the changes between two versions of a sample, given the fields in which each version differs from the sample.
 */
export const changesOf = (object: TutorCruncherObject, before: JsonObject, after: JsonObject = {}): string[] =>
  linesOf(compare(object, { ...object.sample.subject, ...before }, { ...object.sample.subject, ...after }));

/** Returns the changes of one field of a client. */
export const changesFrom = (before: unknown, after: unknown): string[] =>
  changesOf(client, { title: before }, { title: after });
