/** The lookups that a Zap's owner has chosen: their fields, requests and failures. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import { CompletedSubject } from '../../src/lookups/completed-subject.ts';
import {
  allSampleFields,
  chosenLookups,
  lookUp,
  requestsFor,
  type ChosenLookup,
  type Lookup,
} from '../../src/lookups/lookup.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZWith } from '../support/direct-z.ts';

const bundleWith = (inputData: JsonObject = {}) =>
  ({ authData: { private_key: PRIVATE_KEY }, inputData }) as unknown as Bundle;

describe('the lookups of a Zap', () => {
  const field = (key: string, type: 'boolean' | 'string') => ({ key, label: key, type });
  const lookup = (key: string, parts: Partial<Lookup> = {}): Lookup => ({
    field: field(key, 'boolean'),
    sample: {},
    find: () => Promise.resolve({ fields: { [key]: 1 } }),
    ...parts,
  });
  const failing: Partial<Lookup> = { find: () => Promise.reject(new Error('The request failed.')) };
  const run = StepRun.ofEvent(
    directZWith(() => ({})),
    bundleWith(),
  );
  const foundBy = (lookups: readonly Lookup[], mayFail?: boolean) => {
    const chosen = lookups.map((each): ChosenLookup => ({ ...each, choice: 'true' }));
    return lookUp(chosen, CompletedSubject.ofRecord({ id: 1 }, lesson, run), run, NEUTRAL_LOCALE, mayFail);
  };

  it('are those whose fields have a value, which means yes for a boolean', () => {
    const lookups = [
      lookup('a'),
      lookup('b'),
      lookup('c', { field: field('c', 'string') }),
      lookup('d'),
      lookup('e', { field: field('e', 'string') }),
    ];
    const chosen = chosenLookups(lookups, bundleWith({ a: true, b: 'no', c: 'no' }));
    expect(chosen.map(({ field: { key }, choice }) => [key, choice])).toEqual([
      ['a', 'true'],
      ['c', 'no'],
    ]);
  });

  it('differ in a Zap that runs for each person', () => {
    const lookups = [lookup('a', { forPerson: (kind) => ({ ...lookup('a'), sample: { kind } }) })];
    const samplesFor = (run_for: string) =>
      chosenLookups(lookups, bundleWith({ a: true, run_for })).map(({ sample }) => sample);
    expect([samplesFor('tutor'), samplesFor('lesson')]).toEqual([[{ kind: 'tutor' }], [{}]]);
  });

  it('take one request each, unless they say otherwise', () => {
    const chosen = [lookup('a'), lookup('b', { requestsFor: () => 3 }), lookup('c', { requestsFor: () => 0 })];
    expect(
      requestsFor(
        chosen.map((each) => ({ ...each, choice: 'true' })),
        {},
      ),
    ).toBe(4);
    expect(requestsFor([], {})).toBe(0);
  });

  it('add their fields together, and the last details', async () => {
    const details = { id: 7 };
    const withDetail = lookup('b', { find: () => Promise.resolve({ fields: { b: 2 }, details }) });
    expect(await foundBy([lookup('a'), withDetail, lookup('c')])).toEqual({ fields: { a: 1, b: 2, c: 1 }, details });
  });

  it('get their choices', async () => {
    const find: Lookup['find'] = (_subject, choice) => Promise.resolve({ fields: { choice } });
    expect(await foundBy([lookup('a', { find })])).toEqual({ fields: { choice: 'true' } });
  });

  it('document the fields of runs for the whole lesson and for each kind of person', () => {
    const forPerson: Lookup['forPerson'] = (kind) => ({ sample: { [kind]: 1 }, find: () => Promise.resolve(null) });
    const lookups = [lookup('a', { sample: { a: 1 }, forPerson })];
    expect(allSampleFields(lookups)).toEqual({ a: 1, client: 1, student: 1, tutor: 1 });
  });

  it('keep the Zap from running if one of them says so', async () => {
    expect(await foundBy([lookup('a', { find: () => Promise.resolve(null) }), lookup('b', failing)])).toBeNull();
  });

  it('that fail add unknown values, unless they decide whether the Zap runs or may not fail', async () => {
    const optional = lookup('a', { ...failing, unknown: { a: null } });
    expect(await foundBy([optional, lookup('b')])).toEqual({ fields: { a: null, b: 1 } });
    await expect(foundBy([optional], false)).rejects.toThrow('The request failed.');
    await expect(foundBy([lookup('a', failing)])).rejects.toThrow('The request failed.');
  });
});
