/** Searches for many people, in a branch with many people. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { DirectApi, textOf } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Adds people with consecutive ids, newest first. */
function addPeople(path: string, count: number, fieldsAt: (number: number) => JsonObject): void {
  const [person = { id: 0 }] = api.account.list(path);
  const people = numbers(count).map((number) => ({
    ...person,
    id: 10_000 + number,
    url: `https://app.tutorcruncher.com/api/${path}/${10_000 + number}/`,
    ...fieldsAt(number),
  }));
  api.account.addList(path, [...people.reverse(), ...api.account.list(path)]);
}

describe('the people of a branch with 5,000 clients', () => {
  beforeEach(() => {
    addPeople('clients', 5000, (number) => ({
      first_name: number === 7 ? 'Ann' : 'Client',
      last_name: number === 7 ? 'Solberg' : `Number ${number}`,
      email: `c${number}@example.com`,
      status: number % 50 === 0 ? 'dormant' : 'live',
      labels: number % 100 === 0 ? [{ id: 26, name: 'Enquiry' }] : [],
      date_created: number > 4990 ? '2026-06-10T22:30:00Z' : '2020-01-01T00:00:00Z',
    }));
  });

  it('are found by their status', async () => {
    const results = await api.find('find_clients', { find_statuses: ['dormant', 'prospect'] });
    expect([results.length, results[0]?.id, results[0]?.matches]).toEqual([100, 15_000, 103]);
    expect(api.usualRequests).toEqual([
      'clients/?status=dormant',
      'clients/?status=dormant&page=2',
      'clients/?status=prospect',
    ]);
    expect(results[0]).not.toHaveProperty('client_status');
  });

  it('are found by their label and time of creation', async () => {
    expect(await api.find('find_clients', { find_label: '26', find_created_to: '2020-01-01' })).toHaveLength(49);
    const june = { find_created_from: '2026-06-10', find_created_to: '2026-06-10' };
    expect((await api.find('find_clients', june)).map(({ id }) => id)).toHaveLength(10);
    expect(api.usualRequests.at(-1)).toBe(
      'clients/?user__created__gte=2026-06-09T23:00:00Z&user__created__lte=2026-06-10T22:59:59Z',
    );
  });

  it('are found by a time that an earlier step gives in UTC, on its day in the branch', async () => {
    api.timezone = 'America/New_York';
    const time = '2026-06-08T02:00:00Z';
    await api.find('find_clients', { find_created_from: time, find_created_to: time });
    expect(api.usualRequests).toEqual([
      'clients/?user__created__gte=2026-06-07T04:00:00Z&user__created__lte=2026-06-08T03:59:59Z',
    ]);
  });

  it.each([
    ['ann solberg', [10_007]],
    ['Solberg', [10_007, 303]],
    ['ANN', [10_007]],
    ['Ann Sol', []],
    ['Number 12', [10_012]],
  ])('are found by the name "%s" without reading all of them', async (find_name, ids) => {
    expect((await api.find('find_clients', { find_name })).map(({ id }) => id)).toEqual(ids);
    expect(api.requests.length).toBeLessThanOrEqual(6);
  });

  it.each([
    ['a name, because TutorCruncher may compare letter case', { find_name: 'Solberg' }, false],
    ['other criteria', { find_label: '26' }, true],
  ])('are not said to be complete with %s', async (_criteria, inputs, is_complete) => {
    const [first] = await api.find('find_clients', inputs);
    expect(first).toMatchObject({ is_complete });
    expect(textOf(first)).not.toContain('There may be more');
  });

  it('are found in any letter case if TutorCruncher ignores it', async () => {
    api.behaviour.filtersIgnoreLetterCase = true;
    expect((await api.find('find_clients', { find_name: 'sOLBERG' })).map(({ id }) => id)).toEqual([10_007, 303]);
  });

  it('are the newest 1,000 if the criteria leave more, which the first result tells', async () => {
    const [first] = await api.find('find_clients', { find_statuses: ['live', 'dormant'] });
    expect(first).toMatchObject({ id: 14_999, matches: 1000, is_complete: false });
    expect(textOf(first).split('\n').at(-1)).toBe('There may be more, which were not compared.');
    expect(api.usualRequests).toHaveLength(10);
  });

  it('are never listed for a filter that TutorCruncher ignores, which is noticed once a day', async () => {
    const filters = ['status', 'labels', 'user__created__gte', 'user__created__lte'];
    const inputs = [
      { find_statuses: 'live' },
      { find_label: '26' },
      { find_created_from: '2026-06-10' },
      { find_created_to: '2026-06-10' },
    ];
    for (const [index, filter] of filters.entries()) {
      api = Object.assign(new DirectApi(), { account: api.account });
      api.behaviour.ignoredFilters = [`clients?${filter}`];
      const label = ['Find Statuses', 'Find Label', 'Created From', 'Created To'][index];
      for (let run = 1; run <= 2; run++) {
        expect(await failureOf(api.find('find_clients', inputs[index] ?? {}))).toMatch(
          new RegExp(`^TutorCruncher ignores "${label}" when it lists clients, .* Leave "${label}" empty\\.`),
        );
      }
      expect(api.requests).toHaveLength(1);
    }
  });
});

describe('find_tutors', () => {
  const MATHS = '31';
  const skill = (subject: number, level: number) => ({
    id: 1,
    subject: { id: subject, name: 'S' },
    qual_level: { id: level, name: 'L' },
  });
  beforeEach(() => {
    addPeople('contractors', 4, (number) => ({
      first_name: 'Tutor',
      last_name: String(number),
      status: 'approved',
      skills: [skill(number === 4 ? 32 : 31, number === 1 ? 7 : 6), skill(33, 7)],
      latitude: number === 3 ? '48.8566' : '51.4600',
      longitude: number === 3 ? '2.3522' : '-2.5900',
    }));
    for (const { id } of api.account.list('contractors').slice(4))
      api.account.change('contractors', id, { status: 'dormant' });
  });
  const idsOf = async (inputs: JsonObject) =>
    (await api.find('find_tutors', { find_statuses: 'approved', ...inputs })).map(({ id }) => Number(id) - 10_000);

  it('finds tutors by subject, level and distance', async () => {
    expect(await idsOf({ find_subject: MATHS })).toEqual([3, 2, 1]);
    expect(await idsOf({ find_subject: MATHS, find_level: '6', find_details: true })).toEqual([3, 2]);
    expect(await idsOf({ find_subject: '33', find_level: '6', find_details: true })).toEqual([]);
    expect(await idsOf({ find_subject: MATHS, find_address: '8 Mill Lane, Bristol', find_distance: '10' })).toEqual([
      2, 1,
    ]);
    expect(await idsOf({ find_subject: MATHS, find_address: 'An unknown address', find_distance: '10' })).toEqual([]);
  });

  it('leaves out a tutor whose status has changed since TutorCruncher listed the tutors', async () => {
    const dormant = { ...api.account.find('contractors', 10_003), status: 'dormant' };
    api.before = (path) => (path === 'contractors/10003/' ? [200, dormant] : null);
    expect(await idsOf({ find_subject: MATHS, find_details: true })).toEqual([2, 1]);
  });

  it.each([
    [21, 24, true],
    [22, 25, false],
  ])('counts no tutor whose level was not compared, with %d more tutors', async (count, matches, is_complete) => {
    addPeople('contractors', count, (number) => ({
      id: 40_000 + number,
      url: '',
      status: 'approved',
      skills: [skill(31, 6)],
    }));
    const inputs = { find_statuses: 'approved', find_level: '6', find_details: true };
    const [first] = await api.find('find_tutors', inputs);
    expect(first).toMatchObject({ matches, is_complete });
  });

  it('refuses a level without details, and a distance without an address, such as the one of a job without an address', async () => {
    expect(await failureOf(idsOf({ find_level: '6' }))).toMatch(/Choose true in "Details"/);
    expect(await failureOf(idsOf({ find_subject: MATHS, find_distance: '10', find_address: '' }))).toMatch(
      /^"Find Address" of this step is empty, but "Distance in Km" is not/,
    );
    expect(await failureOf(idsOf({ find_address: 'x', find_distance: '0' }))).toMatch(
      /at least 1 and at most 1000 kilometres/,
    );
    expect(api.usualRequests).toEqual([]);
  });

  it.each([
    ['skills', { find_subject: MATHS }, 'Find Subject'],
    ['distance_address', { find_address: '8 Mill Lane, Bristol', find_distance: '10' }, 'Distance in Km'],
  ])('fails if TutorCruncher ignores the filter %s', async (filter, inputs, label) => {
    api.behaviour.ignoredFilters = [`contractors?${filter}`];
    expect(await failureOf(api.find('find_tutors', inputs))).toContain(`ignores "${label}" when it lists tutors`);
  });
});

describe('find_students', () => {
  it('finds the students of a client with one request, and with a list if there are other criteria', async () => {
    expect((await api.find('find_students', { find_client: '301' })).map(({ id }) => id)).toEqual([503]);
    expect((await api.find('find_students', { find_client: '301', find_name: 'Leo' })).map(({ id }) => id)).toEqual([
      503,
    ]);
    expect(await api.find('find_students', { find_client: '301', find_name: 'Ada' })).toEqual([]);
    expect(api.requests).toEqual(Array(3).fill('clients/301/'));
    const [student] = api.account.list('recipients').filter(({ id }) => id === 503);
    const label = (student?.labels as JsonObject[])[0]?.id;
    expect(
      (await api.find('find_students', { find_client: '301', find_label: String(label) })).map(({ id }) => id),
    ).toEqual([503]);
    expect(await api.find('find_students', { find_client: '302', find_label: String(label) })).toEqual([]);
    // TutorCruncher compares the name only when it lists the students.
    for (const [find_label, is_complete] of [
      [undefined, true],
      [String(label), false],
    ]) {
      const found = await api.find('find_students', { find_client: '301', find_name: 'LEO', find_label });
      expect(found).toMatchObject([{ id: 503, is_complete }]);
    }
  });

  it('fails if TutorCruncher does not list the students of the client', async () => {
    api.before = () => [200, { id: 301 }];
    expect(await failureOf(api.find('find_students', { find_client: '301' }))).toMatch(/Leave "Find Client" empty/);
  });
});
