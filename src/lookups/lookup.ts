/**
 * Choices for which a trigger reads additional data about an event. If the choice adds fields, a failed request never
 * stops a run of an instant trigger, and a field reports the failure. A polled trigger reads the record again in a
 * later poll. If the choice determines whether the Zap runs, a failed request ends the run with a message.
 */

import type { Bundle } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import type { CompletedSubject } from './completed-subject.ts';
import { valuesChosenIn, isYes, type InputField } from '../choices/filter-fields.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { PERSON_KINDS, type PersonKind } from '../record/participants.ts';
import type { StepRun } from '../api/step-run.ts';
import { personKindIn } from './run-for-field.ts';

/** The fields and the record that a lookup adds to the record of an event. */
export interface Found {
  readonly fields: FlatRecord;
  readonly details?: JsonObject;
}

/** A choice that adds fields to the records of a trigger, or that determines whether the Zap runs. */
export interface Lookup {
  readonly field: InputField;
  readonly sample: FlatRecord;
  /** The fields that are added if a request fails; missing for a choice that determines whether the Zap runs. */
  readonly unknown?: FlatRecord;
  /**
   * Reads the additions for a subject; null if the Zap must not run because of the choice.
   *
   * @throws {Error} if a request fails
   */
  readonly find: (subject: CompletedSubject, choice: string, run: StepRun, locale: Locale) => Promise<Found | null>;
  /** Returns the number of requests that the lookup sends; default: 1. */
  readonly requestsFor?: (subject: JsonObject, choice: string) => number;
  /** Returns the parts of the lookup that differ if the Zap runs for each person of a kind. */
  readonly forPerson?: (kind: PersonKind) => Omit<Lookup, 'field' | 'forPerson'>;
}

/** A lookup that a Zap's owner has chosen. */
export interface ChosenLookup extends Lookup {
  readonly choice: string;
}

/** Returns the lookups that a Zap's owner has chosen. */
export function chosenLookups(lookups: readonly Lookup[], bundle: Bundle): ChosenLookup[] {
  const kind = personKindIn(bundle);
  return lookups.flatMap((lookup) => {
    const [choice] = valuesChosenIn(lookup, bundle);
    const isChosen = choice !== undefined && (lookup.field.type !== 'boolean' || isYes(choice));
    return isChosen ? [{ ...lookup, ...(kind && lookup.forPerson?.(kind)), choice }] : [];
  });
}

/** Returns the fields that lookups add to the sample. */
export const sampleFields = (lookups: readonly Lookup[]): FlatRecord =>
  Object.assign({}, ...lookups.map(({ sample }) => sample)) as FlatRecord;

/** Returns all fields that lookups can add to the sample, for the generated documents. */
export const allSampleFields = (lookups: readonly Lookup[]): FlatRecord =>
  sampleFields(
    lookups.flatMap((lookup) => [lookup, ...PERSON_KINDS.map((kind) => ({ ...lookup, ...lookup.forPerson?.(kind) }))]),
  );

/** Returns the number of requests that all chosen lookups send for a subject. */
export const requestsFor = (chosen: readonly ChosenLookup[], subject: JsonObject): number =>
  chosen.reduce((sum, lookup) => sum + (lookup.requestsFor?.(subject, lookup.choice) ?? 1), 0);

/**
 * Reads the additions of all chosen lookups in order. Returns null if the Zap must not run because of one of the
 * lookups.
 *
 * @param mayFail - true if the Zap runs without the fields of a lookup that fails
 * @throws {Error} if a lookup fails that determines whether the Zap runs, or any lookup if `mayFail` is false
 */
export async function lookUp(
  chosen: readonly ChosenLookup[],
  subject: CompletedSubject,
  run: StepRun,
  locale: Locale,
  mayFail = true,
): Promise<Found | null> {
  let all: Found = { fields: {} };
  for (const { find, choice, unknown } of chosen) {
    const found = await find(subject, choice, run, locale).catch((error: unknown): Found => {
      if (unknown === undefined || !mayFail) throw error;
      return { fields: unknown };
    });
    if (!found) return null;
    all = { ...all, ...found, fields: { ...all.fields, ...found.fields } };
  }
  return all;
}
