/** Helpers that compare two states of a subject, and return the changes as lines of text. */

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

/** Returns the changes of a comparison as lines of text. */
export const linesOf = ({ changes }: Comparison): string[] =>
  changes.map(({ field, before, after }) => `${field}: ${before} → ${after}`);

/**
 * Returns the changes between two versions of a sample.
 *
 * @param before - the fields of the earlier version that differ from the sample
 * @param after - the fields of the later version that differ from the sample
 */
export const changesOf = (object: TutorCruncherObject, before: JsonObject, after: JsonObject = {}): string[] =>
  linesOf(compare(object, { ...object.sample.subject, ...before }, { ...object.sample.subject, ...after }));

/** Returns the changes of a client's field whose value changes from `before` to `after`. */
export const changesFrom = (before: unknown, after: unknown): string[] =>
  changesOf(client, { title: before }, { title: after });

/** Compares two versions of a sample, including their balances. The arguments are as in {@link changesOf}. */
export const compareSamples = (
  { layout, sample }: TutorCruncherObject,
  before: JsonObject,
  after: JsonObject,
): Comparison =>
  compareSubjects(
    { ...sample.subject, ...before },
    { ...sample.subject, ...after },
    { layout, locale: NEUTRAL_LOCALE, hasBalances: true },
  );

/** Returns the fields of a subject that has a single custom field. */
export const customField = (value: unknown, type = 'Short Textbox') => ({
  extra_attrs: [{ machine_name: 'field', name: 'Field', type, value }],
});

/** Returns the keys of all changes of a comparison, and the keys of the changes that a record shows. */
export const keysIn = ({ changedKeys, changes }: Comparison) => ({
  changed: [...changedKeys],
  shown: changes.map(({ key }) => key),
});

/** The result of {@link keysIn} for two states without a difference. */
export const NOTHING = { changed: [], shown: [] };
