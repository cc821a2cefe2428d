import { describe, expect, it } from '@jest/globals';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import type { JsonObject } from '../wire/json.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { bundleOf, deliveryOf, perform, PRIVATE_KEY, recordsOf, triggerOf } from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

/** How many records a trigger makes of its sample event with other fields in its subject, given what was chosen. */
async function kept(key: string, inputData: JsonObject, subject: JsonObject, action?: string): Promise<number> {
  const { sampleEvent } = triggerOf(key);
  const event = { ...sampleEvent, ...(action && { action }), subject: { ...sampleEvent.subject, ...subject } };
  const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(event), PRIVATE_KEY));
  return (await perform(key, { ...bundle, inputData })).length;
}

/** Which triggers have which field, written out by hand a second time. */
const FIELDS: Record<string, string> = {
  client_created: 'label',
  client_updated: 'label',
  client_status_changed: 'statuses',
  client_label_added: 'label',
  tutor_created: 'label',
  tutor_updated: 'label',
  tutor_status_changed: 'statuses',
  tutor_label_added: 'label',
  student_created: 'label',
  student_updated: 'label',
  student_label_added: 'label',
  affiliate_created: 'label',
  affiliate_updated: 'label',
  job_created: 'label',
  job_updated: 'label',
  job_status_changed: 'statuses',
  job_label_added: 'label',
  any_event: 'actions',
};

describe('input fields', () => {
  it('are those of the table above', () => {
    const defined = webhookTriggers
      .map(({ definition, inputFields }) => [definition.key, inputFields.map(({ key }) => key).join(' ')])
      .filter(([, keys]) => keys !== '');
    expect(defined).toEqual(Object.entries(FIELDS));
  });
});

describe('the statuses', () => {
  it('that were chosen pass, letter case aside', async () => {
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: 'live' })).toBe(1);
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: 'Live' })).toBe(1);
    expect(await kept('job_status_changed', { statuses: ['Finished', 'gone-cold'] }, { status: 'gone-cold' })).toBe(1);
    expect(await kept('client_status_changed', { statuses: ['prospect', 'dormant'] }, { status: 'live' })).toBe(0);
    expect(await kept('tutor_status_changed', { statuses: 'approved' }, { status: 'approved' })).toBe(1);
    expect(await kept('tutor_status_changed', { statuses: 'approved' }, { status: 'rejected' })).toBe(0);
  });

  it.each([[undefined], [null], [''], [[]], [['', null]]])('all pass when the choice is %j', async (statuses) => {
    expect(await kept('client_status_changed', { statuses }, { status: 'live' })).toBe(1);
  });

  it('pass when TutorCruncher says none', async () => {
    expect(await kept('client_status_changed', { statuses: ['live'] }, { status: undefined })).toBe(1);
  });

  it('are those that TutorCruncher has, in words', () => {
    const choicesOf = (key: string) => triggerOf(key).inputFields[0]?.choices;
    expect(choicesOf('client_status_changed')).toEqual({ prospect: 'Prospect', live: 'Live', dormant: 'Dormant' });
    expect(choicesOf('tutor_status_changed')).toEqual({
      pending: 'Pending',
      approved: 'Approved',
      rejected: 'Rejected',
      dormant: 'Dormant',
    });
    expect(choicesOf('job_status_changed')).toEqual({
      pending: 'Pending',
      available: 'Available',
      'in-progress': 'In Progress',
      finished: 'Finished',
      'gone-cold': 'Gone Cold',
    });
  });
});

describe('the label', () => {
  const labels = [
    { id: 21, name: 'Weekend' },
    { id: '22', name: 'Sibling' },
  ];

  it('that was chosen must be among those of the record, by its id', async () => {
    expect(await kept('client_label_added', { label: '21' }, { labels })).toBe(1);
    expect(await kept('client_label_added', { label: 22 }, { labels })).toBe(1);
    expect(await kept('client_label_added', { label: '2' }, { labels })).toBe(0);
    expect(await kept('job_label_added', { label: '21' }, { labels: [21, 22] })).toBe(1);
  });

  it('is not missed where TutorCruncher says no labels, but is in an empty list', async () => {
    expect(await kept('tutor_updated', { label: '21' }, { labels: undefined })).toBe(1);
    expect(await kept('tutor_updated', { label: '21' }, { labels: null })).toBe(1);
    expect(await kept('tutor_updated', { label: '21' }, { labels: [] })).toBe(0);
  });

  it('need not be chosen', async () => {
    expect(await kept('student_created', { label: '' }, { labels: [] })).toBe(1);
    expect(await kept('student_created', {}, { labels: [] })).toBe(1);
  });

  it('is explained', () => {
    const [field] = triggerOf('client_label_added').inputFields;
    expect(field?.helpText).toMatch(/TutorCruncher does not say which label was added/);
  });
});

describe('the events of New Event', () => {
  it('that were chosen pass, and no others', async () => {
    expect(await kept('any_event', { actions: ['CREATED_REPORT', 'X'] }, {}, 'X')).toBe(1);
    expect(await kept('any_event', { actions: ['CREATED_REPORT'] }, {}, 'X')).toBe(0);
  });

  it('may be the two that are left out otherwise', async () => {
    expect(await kept('any_event', {}, {}, 'RAISED_A_WELLBEING_CONCERN')).toBe(0);
    expect(await kept('any_event', { actions: ['RAISED_A_WELLBEING_CONCERN'] }, {}, 'RAISED_A_WELLBEING_CONCERN')).toBe(
      1,
    );
    expect(await kept('any_event', { actions: ['CREATED_REPORT'] }, {}, 'RAISED_A_WELLBEING_CONCERN')).toBe(0);
  });
});

describe('the dropdown of labels', () => {
  const list = (page?: number) =>
    recordsOf(dropdownTriggers.label_list.operation.perform, {
      authData: { private_key: PRIVATE_KEY },
      meta: { ...(page !== undefined && { page }) },
    });

  it("has the account's labels, a page at a time", async () => {
    const rows = [{ id: 21, name: 'Weekend', machine_name: 'weekend' }, { id: 22 }, { name: 'No id' }, null];
    tutorCruncherApi().get('/api/labels/').reply(200, { count: 3, results: rows });
    expect(await list()).toEqual([
      { id: '21', name: 'Weekend' },
      { id: '22', name: '22' },
    ]);
    tutorCruncherApi()
      .get('/api/labels/')
      .reply(200, { results: [{ id: 21, name: 'Weekend' }] });
    expect(await list(0)).toHaveLength(1);
    tutorCruncherApi()
      .get('/api/labels/')
      .query({ page: 2 })
      .reply(200, { results: [{ id: 99, name: 'Last' }] });
    expect(await list(1)).toEqual([{ id: '99', name: 'Last' }]);
  });

  it('ends past the last page', async () => {
    tutorCruncherApi().get('/api/labels/').query({ page: 3 }).reply(404, { detail: 'Invalid page.' });
    expect(await list(2)).toEqual([]);
  });
});

describe('the dropdown of events', () => {
  it('has the actions that send webhooks, read live', async () => {
    tutorCruncherApi()
      .get('/api/action-types/')
      .reply(200, [
        { key: 'LOGIN', msg: 'Logged in', subject_types: [] },
        { key: 'CREATED_REPORT', msg: 'Created a Report', subject_types: ['Report'] },
        { key: 'AGREE_TERMS', msg: 'Agreed to Terms', subject_types: ['Tutor', 'Client'] },
        { key: 'NAMELESS', subject_types: ['Report'] },
        { key: 7, msg: 'No key', subject_types: ['Report'] },
        { key: 'NO_SUBJECTS' },
        null,
      ]);
    expect(
      await recordsOf(dropdownTriggers.action_list.operation.perform, { authData: { private_key: PRIVATE_KEY } }),
    ).toEqual([
      { id: 'CREATED_REPORT', name: 'Created a Report (Report)' },
      { id: 'AGREE_TERMS', name: 'Agreed to Terms (Tutor, Client)' },
      { id: 'NAMELESS', name: 'NAMELESS (Report)' },
    ]);
  });
});
