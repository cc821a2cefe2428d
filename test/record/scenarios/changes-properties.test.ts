import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { client } from '../../../objects/client.ts';
import { objects } from '../../../objects/index.ts';
import { compareSubjects, type Comparison } from '../../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../../src/record/locale.ts';
import type { JsonObject } from '../../../wire/json.ts';
import type { ObjectWord } from '../../../wire/models.ts';
import { customFields, fields } from '../../support/arbitrary-subjects.ts';

const subject = fc
  .record({ fields, extra_attrs: fc.option(customFields, { nil: null }) })
  .map(({ fields: own, extra_attrs }): JsonObject => ({ ...own, extra_attrs }));
const word = fc.constantFrom(...objects.map((object) => object.word));

function compare(kind: ObjectWord, earlier: JsonObject, later: JsonObject): Comparison {
  const object = objects.find((candidate) => candidate.word === kind) ?? client;
  return compareSubjects(earlier, later, { layout: object.layout, locale: NEUTRAL_LOCALE, hasBalances: true });
}

/**
 * Returns the changes in a fixed order and without labels, because the order of changes and the labels of custom fields
 * can differ.
 */
const sorted = ({ changes }: Comparison): string[][] =>
  changes.map(({ key, before, after }) => [key, before, after]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));

describe('a comparison', () => {
  it('of a state with itself shows no change', () => {
    fc.assert(
      fc.property(word, subject, (kind, state) => {
        const { changes, addedLabels, removedLabels } = compare(kind, state, structuredClone(state));
        expect(changes).toEqual([]);
        expect([...(addedLabels ?? []), ...(removedLabels ?? [])]).toEqual([]);
      }),
    );
  });

  it('in the other direction shows the same changes in reverse', () => {
    fc.assert(
      fc.property(word, subject, subject, (kind, one, other) => {
        const there = compare(kind, one, other);
        const back = compare(kind, other, one);
        const reversed = back.changes.map((change) => ({ ...change, before: change.after, after: change.before }));
        expect(sorted(there)).toEqual(sorted({ ...back, changes: reversed }));
        expect([there.addedLabels, there.removedLabels]).toEqual([back.removedLabels, back.addedLabels]);
      }),
    );
  });

  it('returns texts for any values, and ignores fields that only one state has', () => {
    fc.assert(
      fc.property(word, subject, subject, (kind, one, other) => {
        const merged = { ...other, ...one };
        expect(compare(kind, one, merged).changes).toEqual([]);
        for (const { key, field, before, after } of compare(kind, one, other).changes) {
          for (const text of [key, field, before, after]) expect(typeof text).toBe('string');
        }
      }),
    );
  });

  it('treats names that objects inherit like any other names', () => {
    const state = (value: string): JsonObject =>
      JSON.parse(`{"id":1,"__proto__":"${value}","constructor":"x"}`) as JsonObject;
    const { changes } = compare('client', state('a'), state('b'));
    expect(changes.map(({ before, after }) => [before, after])).toEqual([['a', 'b']]);
  });
});
