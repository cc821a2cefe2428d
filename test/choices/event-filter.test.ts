import { expect, it } from '@jest/globals';

import {
  hasAllowedValues,
  labelCondition,
  stageCondition,
  keeps,
  meets,
  meetsChosen,
  withChosen,
  type EventFilter,
} from '../../src/choices/event-filter.ts';
import type { JsonObject } from '../../wire/json.ts';
import { client } from '../../objects/client.ts';
import { EARLIER_STAGES_FIELD, earlierStatusesField } from '../../src/instant/change-inputs.ts';
import { compareSubjects } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';

const filterWith = (...verdicts: readonly (boolean | null)[]): EventFilter => ({
  actions: { actions: ['A'] },
  object: null,
  chosen: verdicts.map((verdict) => ({ choice: 'Choice', isMet: () => verdict })),
});

it.each<readonly [verdicts: readonly (boolean | null)[], isKept: boolean, isMet: boolean]>([
  [[], true, true],
  [[true, true], true, true],
  [[true, false], false, false],
  [[null, true], true, false],
  [[null, false], false, false],
])(
  'chosen conditions with the verdicts %j keep an event: %s, and are met by a record: %s',
  (verdicts, isKept, isMet) => {
    const filter = filterWith(...verdicts);
    expect([keeps(filter, { action: 'A', subject: {} }), meetsChosen(filter, {})]).toEqual([isKept, isMet]);
  },
);

it.each<readonly [record: JsonObject, isMet: boolean]>([
  [{}, true],
  [{ name: 'A', labels: [1] }, true],
  [{ name: 0 }, true],
  [{ name: '' }, false],
  [{ name: null }, false],
  [{ name: 'A', labels: [] }, false],
])('the record %j has a value in each required field that it contains: %s', (record, isMet) => {
  expect(meets({ filled: ['name', 'labels'] }, record)).toBe(isMet);
  expect(meets({}, record)).toBe(true);
});

it.each<readonly [subject: JsonObject, isAllowed: boolean]>([
  [{ status: 'Paid', is_new: true }, true],
  [{ status: 'void' }, false],
  [{ is_new: false }, false],
  [{ status: null, is_new: 1 }, true],
  [{}, true],
])('the subject %j has one of the allowed values of each field that it contains: %s', (subject, isAllowed) => {
  expect(hasAllowedValues({ status: ['paid', 'unpaid'], is_new: [true] }, subject)).toBe(isAllowed);
  expect(hasAllowedValues(undefined, subject)).toBe(true);
});

it('an additional chosen condition keeps the earlier conditions and chosen values', () => {
  const [label, stage] = [labelCondition('Label', '21'), stageCondition('Stage', ['3'])];
  const filter = withChosen(withChosen(filterWith(), label, { label: '21' }), stage, { statuses: ['live'] });
  expect(filter).toMatchObject({ chosen: [label, stage], listed: { label: '21', statuses: ['live'] } });
  expect(withChosen(filter, stage).listed).toEqual(filter.listed);
});

it.each<readonly [labels: unknown, inEvent: boolean | null, inRecord: boolean | null]>([
  [[{ id: 21 }], true, true],
  [[20, '21'], true, true],
  [[{ id: 20 }], false, false],
  [[{ id: 20 }, { name: 'VIP' }], null, null],
  [[], null, false],
  [undefined, null, null],
])('the labels %j include the label 21: %s in an event, %s in a record', (labels, inEvent, inRecord) => {
  const { isMet } = labelCondition('Label', '21');
  expect([isMet({ labels }, false), isMet({ labels }, true)]).toEqual([inEvent, inRecord]);
  expect(isMet({ user: { labels } }, false)).toBe(inEvent);
});

it.each<readonly [stage: unknown, isMet: boolean | null]>([
  [{ id: 3 }, true],
  ['3', true],
  [4, false],
  [null, false],
  [{ name: 'Trial' }, null],
  [undefined, null],
])('a client in the stage %j is in the stage 3: %s', (pipeline_stage, isMet) => {
  expect(stageCondition('Stage', ['3']).isMet({ pipeline_stage }, false)).toBe(isMet);
});

it.each([
  [{ status: 'live', pipeline_stage: 5 }, true],
  [{ status: 'dormant', pipeline_stage: 5 }, false],
  [{ status: 'live', pipeline_stage: 6 }, false],
  [{ pipeline_stage: 5 }, null],
  [{ pipeline_stage: 6 }, false],
])('an event after the state %j meets two conditions: %s', (earlier, expected) => {
  const all = { actions: { actions: [] }, object: null };
  const { changes } = EARLIER_STAGES_FIELD.narrow(earlierStatusesField(['live']).narrow(all, ['live']), ['5']);
  const comparison = compareSubjects(earlier, earlier, {
    layout: client.layout,
    locale: NEUTRAL_LOCALE,
    hasBalances: false,
  });
  expect(changes?.condition?.(comparison, earlier)).toBe(expected);
});
