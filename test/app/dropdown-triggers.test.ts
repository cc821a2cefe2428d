import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { dropdownTriggers } from '../../src/app/dropdown-triggers.ts';
import type { JsonObject } from '../../wire/json.ts';
import { recordsOf } from '../support/app-tester.ts';
import { page } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

type Key = keyof typeof dropdownTriggers;
const isList = (key: string): key is Key => key in dropdownTriggers && key !== 'action_list';
const KEYS = Object.keys(dropdownTriggers).filter(isList);

const list = (key: Key, meta: JsonObject = {}) =>
  recordsOf(dropdownTriggers[key].operation.perform, { authData: { private_key: PRIVATE_KEY }, meta });

it.each(KEYS)('%s has a sample with an id and a name', (key) => {
  expect(dropdownTriggers[key].operation.sample).toEqual({
    id: expect.stringMatching(/^\d+$/),
    name: expect.stringMatching(/^\w.*\w\)?$/),
  });
});

describe('the dropdowns of people', () => {
  it.each([
    ['client_list', 'clients'],
    ['tutor_list', 'contractors'],
    ['student_list', 'recipients'],
    ['affiliate_list', 'agents'],
  ] as const)('%s shows names with email addresses', async (key, path) => {
    tutorCruncherApi()
      .get(`/api/${path}/`)
      .reply(
        200,
        page([
          { id: 5, first_name: 'Ada', last_name: 'Lin', email: 'ada@example.com' },
          { id: 4, first_name: null, last_name: 'Lin', email: '' },
          { id: 3, user: { last_name: 'Old', email: 'old@example.com' } },
          { id: 2, email: 'only@example.com' },
          { id: 6, first_name: 'Ada\nLin', email: '' },
          { id: 1 },
          { first_name: 'No id' },
        ]),
      );
    expect(await list(key)).toEqual([
      { id: '5', name: 'Ada Lin (ada@example.com)' },
      { id: '4', name: 'Lin' },
      { id: '3', name: 'Old (old@example.com)' },
      { id: '2', name: 'only@example.com' },
      { id: '6', name: 'Ada Lin' },
      { id: '1', name: '1' },
    ]);
  });
});

describe('the other dropdowns', () => {
  it.each(KEYS)('%s reads all pages, and none beyond the last', async (key) => {
    expect(dropdownTriggers[key].operation).toMatchObject({ canPaginate: true });
    const named = { name: 'Maths', first_name: 'Maths', topic: 'Maths', description: 'Maths' };
    const row = { id: 705, ...named, contractor: { first_name: 'Maths' } };
    const isThirdPage = (query: JsonObject) => query.page === '3';
    tutorCruncherApi()
      .get(/^\/api\/[a-z_-]+\/$/)
      .query(isThirdPage)
      .reply(200, page([row]));
    expect(await list(key, { page: 2 })).toEqual([{ id: '705', name: 'Maths' }]);
    tutorCruncherApi()
      .get(/^\/api\/[a-z_-]+\/$/)
      .query(isThirdPage)
      .reply(404, { detail: 'Invalid page.' });
    expect(await list(key, { page: 2 })).toEqual([]);
  });

  it('show planned lessons with their times, earliest first', async () => {
    const lessons = [
      { id: 3, topic: 'Algebra', start: '2026-06-17T16:00:00Z' },
      { id: 1, topic: 'Algebra', start: '2026-06-10T16:00:00Z' },
      { id: 2, topic: '', start: null },
    ];
    tutorCruncherApi().get('/api/appointments/').query({ status: 'planned' }).reply(200, page(lessons));
    expect(await list('lesson_list', { timezone: 'Europe/London' })).toEqual([
      { id: '2', name: '2' },
      { id: '1', name: 'Algebra, Wed 10 Jun 2026, 17:00' },
      { id: '3', name: 'Algebra, Wed 17 Jun 2026, 17:00' },
    ]);
  });

  it('show applications with their tutors, jobs, proposed rates and statuses, undecided applications first', async () => {
    const contractor = { first_name: 'Hannah', last_name: 'Whitlock' };
    const applications = [
      { id: 4, contractor, service: { name: 'Maths' }, status: 'accepted' },
      { id: 3, contractor, service: null, status: 'requested' },
      { id: 2, contractor: 402, service: 705, status: null },
      { id: 1, contractor, service: { name: 'Piano' }, proposed_rate: '32.00', status: 'pending' },
    ];
    tutorCruncherApi().get('/api/tenders/').reply(200, page(applications));
    expect(await list('application_list')).toEqual([
      { id: '3', name: 'Hannah Whitlock, requested' },
      { id: '1', name: 'Hannah Whitlock, Piano, proposes 32.00, pending' },
      { id: '4', name: 'Hannah Whitlock, Maths, accepted' },
      { id: '2', name: '2' },
    ]);
  });

  it('show ad hoc charges with their dates in the time zone of the Zap', async () => {
    const charges = [
      { id: 2, description: 'Train to Bath', date_occurred: '2026-06-09T23:30:00Z' },
      { id: 1, description: null, date_occurred: null },
    ];
    tutorCruncherApi().get('/api/adhoccharges/').reply(200, page(charges));
    expect(await list('ad_hoc_charge_list', { timezone: 'Europe/London' })).toEqual([
      { id: '2', name: 'Train to Bath, Wed 10 Jun 2026' },
      { id: '1', name: '1' },
    ]);
  });
});

describe('the dropdown of events', () => {
  it("lists the account's actions that send webhooks, grouped by the records that they are about", async () => {
    tutorCruncherApi()
      .get('/api/action-types/')
      .reply(200, [
        { key: 'LOGIN', msg: 'Logged in', subject_types: [] },
        { key: 'CREATED_REPORT', msg: 'Created a Report', subject_types: ['Report'] },
        { key: 'AGREE_TERMS', msg: 'Agreed to Terms', subject_types: ['Tutor', 'Client'] },
        { key: 'FROM_A_LATER_VERSION', msg: 'Added a Recording', subject_types: ['Recording'] },
        { key: 'NAMELESS', subject_types: ['Report'] },
        { key: 'SAVED_CARD_DETAILS', msg: 'Saved card details', subject_types: ['Client'] },
        { key: 'OTHER_SPELLINGS', msg: 'Removed their details', subject_types: ['Recipient', 'SR', 'Contractor'] },
        { key: 7, msg: 'No key', subject_types: ['Report'] },
        { key: 'NO_SUBJECTS' },
        null,
      ]);
    expect(await list('action_list')).toEqual([
      { id: 'AGREE_TERMS', name: 'Client, Tutor: Agreed to Terms' },
      { id: 'SAVED_CARD_DETAILS', name: 'Client: Saved card details' },
      { id: 'OTHER_SPELLINGS', name: 'Tutor, Student: Removed their details' },
      { id: 'CREATED_REPORT', name: 'Report: Created a Report' },
      { id: 'NAMELESS', name: 'Report: NAMELESS' },
      { id: 'FROM_A_LATER_VERSION', name: 'Recording: Added a Recording' },
    ]);
  });
});
