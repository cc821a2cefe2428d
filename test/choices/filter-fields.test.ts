import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import type { EventFilter } from '../../src/choices/event-filter.ts';
import {
  isYes,
  LABEL_FIELD,
  narrowFilter,
  ownActionsField,
  statusesField,
  valuesChosenIn,
} from '../../src/choices/filter-fields.ts';
import type { JsonObject } from '../../wire/json.ts';
import { perform } from '../support/app-tester.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

/**
 * Returns the number of records that a trigger with the given choices makes from its sample event with a changed
 * subject.
 */
async function kept(key: string, inputData: JsonObject, subject: JsonObject, action?: string): Promise<number> {
  const { sampleEvent } = triggerOf(key);
  const event = { ...sampleEvent, ...(action && { action }), subject: { ...sampleEvent.subject, ...subject } };
  const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(event), PRIVATE_KEY));
  return (await perform(key, { ...bundle, inputData })).length;
}

const LABELS = [
  { id: 21, name: 'Weekend' },
  { id: '22', name: 'Sibling' },
];

describe('the fields New Statuses and Label', () => {
  it.each<[key: string, inputData: JsonObject, subject: JsonObject]>([
    ['client_status_changed', { statuses: ['live'] }, { status: 'Live' }],
    ['client_status_changed', { statuses: [' live '] }, { status: 'live' }],
    ['job_status_changed', { statuses: ['Finished', 'gone-cold'] }, { status: 'gone-cold' }],
    ['tutor_status_changed', { statuses: 'approved' }, { status: 'approved' }],
    ...[undefined, null, '', [], ['', ' ', null]].map((statuses): [string, JsonObject, JsonObject] => [
      'client_status_changed',
      { statuses },
      { status: 'live' },
    ]),
    ['client_label_added', { label: '21' }, { labels: LABELS }],
    ['client_label_added', { label: 22 }, { labels: LABELS }],
    ['job_label_added', { label: '21' }, { labels: [21, 22] }],
    ['student_created', { label: '' }, { labels: [] }],
    ['student_created', {}, { labels: [] }],
  ])('keep an event of %s with %j about %j', async (key, inputData, subject) => {
    expect(await kept(key, inputData, subject)).toBe(1);
  });

  it.each<[key: string, inputData: JsonObject, subject: JsonObject]>([
    ['client_status_changed', { statuses: ['prospect', 'dormant'] }, { status: 'live' }],
    ['tutor_status_changed', { statuses: 'approved' }, { status: 'rejected' }],
    ['client_label_added', { label: '2' }, { labels: LABELS }],
  ])('drop an event of %s with %j about %j', async (key, inputData, subject) => {
    expect(await kept(key, inputData, subject)).toBe(0);
  });

  it("offer TutorCruncher's statuses with readable labels", () => {
    expect(triggerOf('job_status_changed').inputFields[0]?.choices).toMatchObject({
      pending: 'Pending',
      'gone-cold': 'Gone Cold',
    });
  });
});

describe('the field Events of New Event', () => {
  it('keeps only the chosen events', async () => {
    expect(await kept('any_event', { actions: ['CREATED_REPORT', 'X'] }, {}, 'X')).toBe(1);
    expect(await kept('any_event', { actions: ['CREATED_REPORT'] }, {}, 'X')).toBe(0);
  });

  const CONCERN = { model: 'Safeguarding/Wellbeing Concern' };

  it.each([
    ['a known action', 'RAISED_A_WELLBEING_CONCERN', {}],
    ['an unknown action', 'EDITED_A_WELLBEING_CONCERN', {}],
    ['an unknown action in another spelling', 'Closed a well-being concern', {}],
    ['an action with another word', 'ESCALATED_A_SAFEGUARDING_ISSUE', {}],
    ['a wellbeing concern as subject', 'CREATED_A_TASK', CONCERN],
    ['a subject in another spelling', 'SOMETHING_NEW', { model: 'WELL_BEING concern' }],
    ['an unknown subject', 'SOMETHING_NEW', { model: 'Safeguarding Issue' }],
  ])('omits an event with %s, unless it is chosen', async (_what, action, subject) => {
    expect(await kept('any_event', {}, subject, action)).toBe(0);
    expect(await kept('any_event', { actions: [] }, subject, action)).toBe(0);
    expect(await kept('any_event', { actions: ['CREATED_REPORT'] }, subject, action)).toBe(0);
    expect(await kept('any_event', { actions: [action] }, subject, action)).toBe(1);
  });

  it.each([
    ['other words that contain the letters', 'WELL_BEGUN', { model: 'Lesson' }],
    ['a text about wellbeing', 'CREATED_A_TASK', { model: 'Task', description: 'Ask about wellbeing' }],
    ['a subject without a model', 'SOMETHING_NEW', { model: null }],
    ['a subject whose model is not a text', 'SOMETHING_NEW', { model: { wellbeing: 1 } }],
  ])('keeps an event with %s', async (_what, action, subject) => {
    expect(await kept('any_event', {}, subject, action)).toBe(1);
  });
});

it.each([
  ...['true', 'True', 'yes', '1', 'on'].map((value) => [value, true] as const),
  ...['false', 'no', '0', 'off', 'yes please', ''].map((value) => [value, false] as const),
])('the value "%s" of a boolean field means yes: %s', (value, meansYes) => {
  expect(isYes(value)).toBe(meansYes);
});

it.each<[value: unknown, values: string[]]>([
  [undefined, []],
  [null, []],
  [' ', []],
  [22, ['22']],
  [false, ['false']],
  [' a ', ['a']],
  [
    ['a', 0, true, null, {}, ['b'], ''],
    ['a', '0', 'true'],
  ],
])('the value %j of a field contains the choices %j', (label, values) => {
  expect(valuesChosenIn(LABEL_FIELD, { inputData: { label } })).toEqual(values);
});

describe('the filter of a trigger', () => {
  const FILTER: EventFilter = { actions: { all_except: [] }, object: 'client' };
  const FIELDS = [statusesField(['live', 'dormant']), LABEL_FIELD];
  const narrowed = (inputData: JsonObject) => narrowFilter(FILTER, FIELDS, { inputData } as unknown as Bundle);

  it('has the conditions of all fields with choices, which also select test data', () => {
    const { chosen, listed } = narrowed({ statuses: ['Live'], label: '21' });
    expect(chosen?.map(({ choice }) => choice)).toEqual(['New Statuses', 'Label']);
    expect(chosen?.map(({ isMet }) => isMet({ status: 'live', labels: [22] }, false))).toEqual([true, false]);
    expect(listed).toEqual({ statuses: ['live'], label: '21' });
  });

  it('has no conditions without choices', () => {
    expect(narrowed({ statuses: [], label: ' ' })).toBe(FILTER);
  });

  it('selects only those chosen events that are the own events of a trigger', () => {
    const { narrow } = ownActionsField({ A: 'A happened', B: 'B happened' });
    expect(narrow(FILTER, ['B', 'X', 'toString'])).toEqual({ ...FILTER, actions: { actions: ['B'] } });
    expect(narrow(FILTER, ['X'])).toEqual({ ...FILTER, actions: { actions: [] } });
  });
});
