/** The fields of searches for many records, and their requests to TutorCruncher through zapier-platform-core. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { job } from '../../../objects/job.ts';
import { lesson } from '../../../objects/lesson.ts';
import { objectSearches } from '../../../searches/index.ts';
import { DETAILS, searchForMany, type ManyCriteria } from '../../../src/search/many/search-for-many.ts';
import { textInput } from '../../../src/inputs/text.ts';
import type { OutputField } from '../../../src/record/output-fields.ts';
import { appTester } from '../../support/app-tester.ts';
import { addLessons, WEEK } from '../../support/added-lessons.ts';
import { DirectApi, textOf } from '../../support/direct-api.ts';
import { failureOf, search } from '../../support/steps.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { expectList, tutorCruncherApi, withoutNetwork } from '../../support/tutorcruncher-api.ts';

withoutNetwork();

const MANY = objectSearches.filter(({ inputs }) => inputs.includes(DETAILS));

describe('a search for many', () => {
  it('exists for nine kinds of records', () => {
    expect(MANY.map(({ definition }) => definition.key).sort()).toEqual([
      'find_clients',
      'find_credit_requests',
      'find_invoices',
      'find_jobs',
      'find_lessons',
      'find_payment_orders',
      'find_students',
      'find_tasks',
      'find_tutors',
    ]);
  });

  it.each(MANY.map((many) => [many.definition.key, many] as const))(
    '%s has output fields for each value of its sample, and more output fields with details',
    async (_key, { definition: { operation } }) => {
      const fieldsWith = async (find_details: unknown) => {
        tutorCruncherApi().persist().get(/./).reply(503, {});
        const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { find_details } };
        const fields = (await appTester(operation.outputFields, bundle, true)) as OutputField[];
        return fields.map(({ key }) => key);
      };
      const fields = await fieldsWith(undefined);
      const { is_complete, matches } = operation.sample;
      expect(fields).toEqual(Object.keys(operation.sample));
      expect([matches, is_complete]).toEqual([1, true]);
      const withDetails = await fieldsWith('true');
      expect(withDetails).toEqual(expect.arrayContaining(fields));
      expect(withDetails.length).toBeGreaterThan(fields.length);
      const { default: nock } = await import('nock');
      nock.cleanAll();
    },
  );

  it('has a label for each value of the summary', () => {
    const labels = MANY.flatMap(({ ownFields }) => ownFields().map(({ label }) => label));
    expect([...new Set(labels)]).toEqual([
      'Matches',
      'Matches as Text',
      'Is Complete',
      'Total Hours',
      'Total Amount',
      'Total Amount (Number)',
      'Total Still to Pay',
      'Total Still to Pay (Number)',
    ]);
  });
});

describe('the check of a filter', () => {
  const expectProbe = (status: number) =>
    tutorCruncherApi()
      .get('/api/appointments/')
      .query({ recipient: '2147483647' })
      .reply(status, { recipient: ['No.'] });
  const expectBranch = () => tutorCruncherApi().get('/api/branch/').reply(200, { id: 1 });

  it('takes status 400 as a sign that TutorCruncher compares the value', async () => {
    expectProbe(400);
    expectList('appointments', { recipient: '503' }, [{ ...lesson.sample.subject, id: 5 }]);
    expectBranch();
    expect(await search('find_lessons', { find_student: '503' })).toMatchObject([{ id: 5, matches: 1 }]);
  });

  it.each([403, 503])('makes the search fail with status %i', async (status) => {
    expectProbe(status);
    expect(await failureOf(search('find_lessons', { find_student: '503' }))).not.toBe('');
  });
});

const NOW = Date.now();
let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

describe('a list that changes between two pages', () => {
  beforeEach(() => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}`, status: 'pending' }));
  });

  /** Deletes the newest job before certain requests. */
  function deleteBefore(...requests: readonly number[]): void {
    api.before = () => {
      const { account } = api;
      if (requests.includes(api.requests.length)) account.addList('services', account.list('services').slice(1));
      return null;
    };
  }

  it('is read again, so that no job is missed', async () => {
    deleteBefore(2);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ matches: 249 });
    // The second page shows that the list has changed.
    expect(api.requests).toHaveLength(5);
  });

  it('makes the results incomplete if it changes again', async () => {
    api.fill('services', 150, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    deleteBefore(2, 4);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ is_complete: false });
    expect(textOf(first)).toMatch(/There may be more, which were not compared\.$/);
  });

  it('counts a job once if a new job has moved it to the next page', async () => {
    api.fill('services', 101, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    api.before = (path) => {
      if (path === 'services/?page=2' && api.requests.length === 2)
        api.account.add('services', { name: 'New', status: 'pending' });
      return null;
    };
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    // The new job was added after the first page was read.
    expect(first).toMatchObject({ matches: 101 });
    expect(api.requests).toHaveLength(2);
  });
});

describe('the limits of a run', () => {
  it('postpone the whole run if TutorCruncher refuses a request in the middle', async () => {
    api.fill('services', 250, () => ({ status: 'pending' }));
    for (const [index, inputs] of [{}, { find_details: true }].entries()) {
      api.requests.length = 0;
      api.before = () => (api.requests.length === 2 + index * 10 ? [429, {}] : null);
      await expect(api.find('find_jobs', { find_statuses: 'pending', ...inputs })).rejects.toMatchObject({
        name: 'ThrottledError',
      });
    }
  });

  it('share the requests of a minute, and postpone a run that would need more', async () => {
    api.fill('services', 1200, () => ({ status: 'pending' }));
    const inputs = { find_statuses: 'pending', find_details: true };
    expect((await api.find('find_jobs', inputs))[0]).toMatchObject({ matches: 1000, is_complete: false });
    expect(api.requests).toHaveLength(35);
    const failure = await failureOf(api.find('find_jobs', inputs));
    expect(failure).toMatch(/^Other steps have used the requests that long searches may send .* runs this step again/);
    for (const [random, delay] of [
      [0, 60],
      [0.999, 299],
    ] as const) {
      jest.spyOn(Math, 'random').mockReturnValueOnce(random);
      await expect(api.find('find_jobs', inputs)).rejects.toThrow(`"delay":${delay}}`);
    }
    jest.restoreAllMocks();
    // A search that needs only a few requests does not wait.
    expect(await api.find('find_invoices', { find_client: '301' })).not.toEqual([]);
  });

  it('end the reading of pages after 20 seconds', async () => {
    api.fill('services', 1000, () => ({ status: 'pending' }));
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 7000);
    const [first] = await api.find('find_jobs', { find_statuses: 'pending' });
    expect(first).toMatchObject({ matches: 300, is_complete: false });
    now.mockRestore();
  });
});

describe('details', () => {
  it('are read for 25 results, which have all fields and are compared again', async () => {
    addLessons(api, 30, '2027-06-08T00:00Z');
    // Somebody has changed this lesson since TutorCruncher listed it.
    api.before = (path) =>
      path === 'appointments/20002/' ? [200, { ...api.account.find('appointments', 20_002), rcras: [] }] : null;
    const results = await api.find('find_lessons', { ...WEEK, find_student: '503', find_details: true });
    expect(results).toHaveLength(24);
    expect(results[0]).toMatchObject({ id: 20_001, student_names: 'Leo Raman', matches: 29, is_complete: false });
    expect(results.map(({ id }) => id)).not.toContain(20_002);
    expect(api.usualRequests).toHaveLength(26);
  });

  it('leave out a record that has been deleted', async () => {
    addLessons(api, 2, '2027-06-08T00:00Z');
    api.before = (path) => (path === 'appointments/20001/' ? [404, {}] : null);
    const results = await api.find('find_lessons', { ...WEEK, find_details: true });
    expect(results).toMatchObject([{ id: 20_002, matches: 1, total_hours: 1.5, is_complete: true }]);
  });
});

describe('the results of a search for many', () => {
  /** Finds jobs by criteria that a search in `searches/` could return. */
  const findBy = (criteria: Partial<ManyCriteria>, inputs: JsonObject = {}) => {
    const many = searchForMany({
      key: 'find_jobs',
      description: '',
      object: job,
      criteria: [textInput('find_name', { becomes: null })],
      narrow: 'Narrow it.',
      line: () => 'A job',
      criteriaIn: () => Promise.resolve({ filters: [], isRow: () => true, ...criteria }),
    });
    return api.run(many, { find_name: 'Any', ...inputs });
  };
  const details = { find_details: true };
  const fillJobs = (count: number): void => {
    api.fill('services', count, (index) => ({ name: `Job ${index}` }));
  };

  it('are at most 100, of which the first has the summary', async () => {
    fillJobs(101);
    const results = await findBy({});
    expect(results).toHaveLength(100);
    expect(results[0]).toMatchObject({ matches: 101, is_complete: false });
    expect(results[1]).toMatchObject({ job_name: 'Job 1', matches: null, is_complete: null });
  });

  it('are read in full in groups of five, so that a search does not send 25 requests at once', async () => {
    fillJobs(12);
    const requests = new Set<number>();
    const isMatch = (): boolean => Boolean(requests.add(api.requests.length));
    expect(await findBy({ isMatch }, details)).toHaveLength(12);
    expect([...requests]).toEqual([6, 11, 13]);
  });

  it('are not complete if a row whose details are needed was not read', async () => {
    const criteria = { needsDetails: true, isMatch: ({ name }: JsonObject): boolean => name === 'Job 1' };
    fillJobs(25);
    expect(await findBy(criteria, details)).toMatchObject([{ matches: 1, is_complete: true }]);
    fillJobs(26);
    expect(await findBy(criteria, details)).toMatchObject([{ matches: 1, is_complete: false }]);
    expect(textOf((await findBy({}))[0])).not.toMatch(/There may be more/);
    api.cached.clear();
    expect(await failureOf(findBy({ ...criteria, isMatch: () => false }, details))).toMatch(
      /^None of the first 25 jobs matches\./,
    );
  });

  it('are not complete if TutorCruncher might leave out records that match', async () => {
    fillJobs(1);
    expect(await findBy({})).toMatchObject([{ is_complete: true }]);
    expect(await findBy({ mayMiss: true })).toMatchObject([{ is_complete: false }]);
  });

  it('come from known rows without a request, unless a filter is hidden', async () => {
    fillJobs(3);
    const known = api.account.list('services').slice(0, 2);
    const criteria = { known, mayMiss: true, isRow: ({ name }: JsonObject): boolean => name !== 'Job 0' };
    expect(await findBy(criteria)).toMatchObject([{ job_name: 'Job 1', is_complete: true }]);
    expect(api.requests).toEqual([]);
    const filter = { criterion: 'Find Label', params: { labels: '9' }, probe: { labels: 2_147_483_647 } };
    api.before = (path) =>
      path.includes('labels=9') ? [200, { count: 1, next: null, results: known.slice(1) }] : null;
    expect(await findBy({ ...criteria, filters: [filter] })).toMatchObject([{ job_name: 'Job 1', is_complete: false }]);
    expect(api.requests).toEqual(['services/?labels=2147483647', 'services/?labels=9']);
  });
});
