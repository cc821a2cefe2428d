import { describe, expect, it } from '@jest/globals';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import type { JsonObject } from '../wire/json.ts';
import { bundleOf, deliveryOf, perform, PRIVATE_KEY, triggerOf } from './helpers.ts';
import { withoutNetwork } from './tutorcruncher-api.ts';
import { note } from '../objects/note.ts';
import { triggersAbout } from '../src/object-trigger.ts';

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

describe('a trigger that offers statuses', () => {
  it('needs an object that has statuses', () => {
    const text = { key: 'note_status_changed', label: 'Note Status Changed', description: 'Triggers when it changes.' };
    expect(() => triggersAbout({ object: note }, [{ ...text, actions: { A: 'A' }, choices: ['statuses'] }])).toThrow(
      /"note_status_changed" offers statuses, but the object "note" has none/,
    );
  });
});

describe('the field New Statuses', () => {
  it('keeps events with a chosen status in any letter case', async () => {
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: 'live' })).toBe(1);
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: 'Live' })).toBe(1);
    expect(await kept('job_status_changed', { statuses: ['Finished', 'gone-cold'] }, { status: 'gone-cold' })).toBe(1);
    expect(await kept('job_status_changed', { statuses: ['Finished'] }, { status: 'finished' })).toBe(1);
    expect(await kept('client_status_changed', { statuses: [' live '] }, { status: 'live' })).toBe(1);
    expect(await kept('client_status_changed', { statuses: ['prospect', 'dormant'] }, { status: 'live' })).toBe(0);
    expect(await kept('tutor_status_changed', { statuses: 'approved' }, { status: 'approved' })).toBe(1);
    expect(await kept('tutor_status_changed', { statuses: 'approved' }, { status: 'rejected' })).toBe(0);
  });

  it.each([[undefined], [null], [''], [[]], [['', ' ', null]]])(
    'keeps events with any status if the choice is %j',
    async (statuses) => {
      expect(await kept('client_status_changed', { statuses }, { status: 'live' })).toBe(1);
    },
  );

  it('keeps an event without a status', async () => {
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: undefined })).toBe(1);
  });

  it("offers TutorCruncher's statuses with readable labels", () => {
    const choicesOf = (key: string) => triggerOf(key).inputFields[0]?.choices;
    expect(choicesOf('client_status_changed')).toEqual({ prospect: 'Prospect', live: 'Live', dormant: 'Dormant' });
    expect(choicesOf('job_status_changed')).toEqual({
      pending: 'Pending',
      available: 'Available',
      'in-progress': 'In Progress',
      finished: 'Finished',
      'gone-cold': 'Gone Cold',
    });
  });
});

describe('the field Label', () => {
  const labels = [
    { id: 21, name: 'Weekend' },
    { id: '22', name: 'Sibling' },
  ];

  it('keeps events about records with the chosen label, compared by id', async () => {
    expect(await kept('client_label_added', { label: '21' }, { labels })).toBe(1);
    expect(await kept('client_label_added', { label: 22 }, { labels })).toBe(1);
    expect(await kept('client_label_added', { label: '2' }, { labels })).toBe(0);
    expect(await kept('job_label_added', { label: '21' }, { labels: [21, 22] })).toBe(1);
  });

  it('keeps an event without a list of labels, but not an event with an empty list', async () => {
    expect(await kept('tutor_updated', { label: '21' }, { labels: undefined })).toBe(1);
    expect(await kept('tutor_updated', { label: '21' }, { labels: null })).toBe(1);
    expect(await kept('tutor_updated', { label: '21' }, { labels: [] })).toBe(0);
  });

  it('keeps all events if no label is chosen', async () => {
    expect(await kept('student_created', { label: '' }, { labels: [] })).toBe(1);
    expect(await kept('student_created', {}, { labels: [] })).toBe(1);
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
