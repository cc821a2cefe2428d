import { expect, it } from '@jest/globals';

import {
  hasAllowedValues,
  labelCondition,
  stageCondition,
  keeps,
  meets,
  meetsChosen,
  statusCondition,
  withChanges,
  withChosen,
  type EventFilter,
} from '../../src/choices/event-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
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

it.each<readonly [event: TutorCruncherEvent, isKept: boolean]>([
  [{ action: 'A', subject: { model: 'Service' } }, true],
  [{ action: 'A', subject: { model: 'Lesson', status: 'Planned' } }, true],
  [{ action: 'B', subject: { model: 'Service' } }, false],
  [{ action: 'A', subject: { model: 'Client' } }, false],
  [{ action: 'A', subject: { model: 'Unknown' } }, false],
  [{ action: 'A', subject: {} }, false],
  [{ action: 'A', subject: { model: 'Service', status: 'complete' } }, false],
])('a filter with an action, two objects and an allowed value keeps the event %j: %s', (event, isKept) => {
  const actions = { actions: ['A'] };
  expect(keeps({ actions, object: 'job', alternative: 'lesson', where: { status: ['planned'] } }, event)).toBe(isKept);
});

it.each<readonly [event: TutorCruncherEvent, isKept: boolean]>([
  [{ action: 'RAISED_A_CONCERN', subject: { model: 'Client' } }, false],
  [{ action: 'EDITED_A_CLIENT', subject: { model: 'Wellbeing Concern' } }, false],
  [{ action: 'EDITED_A_CLIENT', subject: { model: 'Client', text: 'concern' } }, true],
  [{ action: 'SOMETHING_NEW', subject: { model: 'Unknown' } }, true],
])('a filter for any object except concerns keeps the event %j: %s', (event, isKept) => {
  expect(keeps({ actions: { all_except: [] }, object: null, exceptAbout: ['concern'] }, event)).toBe(isKept);
});

it('an empty list of labels leaves the decision about an event open, and excludes a record', () => {
  const filter = withChosen(filterWith(), labelCondition('Label', '21'));
  const subject = { labels: [] };
  expect([keeps(filter, { action: 'A', subject }), meetsChosen(filter, subject)]).toEqual([true, false]);
});

it('a condition learns whether the subject was read from TutorCruncher', () => {
  const isRead = { choice: 'Choice', isMet: (_subject: JsonObject, isRecord: boolean) => isRecord };
  const filter = withChosen(filterWith(), isRead);
  expect([keeps(filter, { action: 'A', subject: {} }), meetsChosen(filter, {})]).toEqual([false, true]);
});

it.each<readonly [record: JsonObject, isMet: boolean]>([
  [{ status: 'Paid', name: 'A' }, true],
  [{ status: 'void', name: 'A' }, false],
  [{ status: 'paid', name: '' }, false],
  [{}, true],
])('the record %j meets a requirement of a value and a field: %s', (record, isMet) => {
  expect(meets({ oneOf: { status: ['paid'] }, filled: ['name'] }, record)).toBe(isMet);
});

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
  [[{ name: 'VIP' }, { id: 21 }], true, true],
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
  const condition = stageCondition('Stage', ['3']);
  expect(condition.isMet({ pipeline_stage }, false)).toBe(isMet);
  expect(condition.isMet({ user: { pipeline_stage } }, false)).toBe(isMet);
});

it.each<readonly [status: unknown, isMet: boolean | null]>([
  ['in-progress', true],
  ['In Progress', true],
  ['finished', false],
  ['', null],
  [' ', null],
  [null, null],
  [undefined, null],
])('a subject with the status %j has the status In-Progress: %s', (status, isMet) => {
  const condition = statusCondition('Status', ['In-Progress']);
  expect(condition.isMet({ status }, false)).toBe(isMet);
  expect(condition.isMet({ user: { status } }, true)).toBe(isMet);
});

it('an additional condition on the change keeps the other conditions', () => {
  const filter = withChanges(withChanges(filterWith(), { oncePerState: true }), { skipsUnknown: true });
  expect(filter.changes).toEqual({ oncePerState: true, skipsUnknown: true });
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
