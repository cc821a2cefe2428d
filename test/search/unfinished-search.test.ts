/** Searches that find nothing: only after everything was read, and with an error otherwise. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { DirectApi } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const NOW = Date.now();
const timeAgo = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();

/** Deletes the newest record of a list before each of some requests. */
function deleteBefore(path: string, ...requests: readonly number[]): void {
  api.before = () => {
    const { account } = api;
    if (requests.includes(api.requests.length)) account.addList(path, account.list(path).slice(1));
    return null;
  };
}

const INCOMPLETE =
  /^TutorCruncher's list of (?:job|invoice|client)s was incomplete, for example because it changed while this step read it, so this step cannot tell whether one of them matches\. Try again/;

describe('a list that changes while it is read', () => {
  it('is read once more by a search for one, which finds the job that has moved to a page read before', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2);
    expect(await api.find('find_job', { find_name: 'Job 100', find_whole_name: true })).toMatchObject([{ id: 49_900 }]);
    expect(api.requests).toEqual(['services/', 'services/?page=2', 'services/', 'services/49900/']);
  });

  it('lets a search for one fail if it changes again', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_job', { find_name: 'Job 101', find_whole_name: true }))).toMatch(INCOMPLETE);
    expect(api.requests).toHaveLength(4);
  });

  it('does not let a search for one return a job that is not preferred', async () => {
    api.fill('services', 250, (index) => ({ name: index === 101 ? 'Maths' : `Maths ${index}` }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_job', { find_name: 'Maths' }))).toMatch(INCOMPLETE);
  });

  it('is read once more if its last page has disappeared', async () => {
    api.fill('services', 101, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2);
    expect(await api.find('find_job', { find_name: 'Job 100', find_whole_name: true })).toMatchObject([{ id: 49_900 }]);
    api.fill('services', 102, (index) => ({ name: `Job ${index}` }));
    api.requests.length = 0;
    api.before = (path) => (path.includes('page=2') ? [404, {}] : null);
    expect(await failureOf(api.find('find_job', { find_name: 'Job 101' }))).toMatch(INCOMPLETE);
    expect(api.requests).toHaveLength(4);
  });

  it('lets a search for many fail if it finds nothing, and is not called complete if it finds something', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_jobs', { find_name: 'No such job' }))).toMatch(INCOMPLETE);
    api.requests.length = 0;
    expect(await api.find('find_jobs', { find_name: 'Job 200' })).toMatchObject([{ is_complete: false, matches: 1 }]);
  });

  it('is read once if jobs are only added, because they move other jobs to later pages', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    api.before = () => {
      api.account.add('services', { name: 'New' });
      return null;
    };
    expect(await api.find('find_job', { find_name: 'No such job' })).toEqual([]);
    expect(api.requests).toEqual(['services/', 'services/?page=2', 'services/?page=3']);
  });

  it.each([
    ['find_client', { email: 'nobody@example.com' }],
    ['find_clients', { find_name: 'Nobody' }],
  ])('and that has fewer rows than it says lets %s fail', async (key, inputs) => {
    api.before = (path) => (path.startsWith('clients/') ? [200, { count: 5, next: null, results: [] }] : null);
    expect(await failureOf(api.find(key, inputs))).toMatch(INCOMPLETE);
  });

  it('lets a search fail that compares only the preferred rows of a long list', async () => {
    api.fill('appointments', 350, (index) => ({ start: timeAgo(350 - index), service: { id: 705 } }));
    const results = api.account.list('appointments').slice(-1);
    api.before = (path) => (path.includes('start_gte') ? [200, { count: 5, next: null, results }] : null);
    expect(await failureOf(api.find('find_lesson', { find_job: '705' }))).toMatch(/^There are too many lessons/);
    api.before = (path) => (path.includes('start_gte') ? [200, { count: 1, next: null, results }] : null);
    expect(await api.find('find_lesson', { find_job: '705' })).toMatchObject([{ id: results[0]?.id }]);
  });
});

describe('a search that did not read everything', () => {
  const paidUntil = (last: number) => (index: number) => ({
    status: index > last ? 'unpaid' : 'paid',
    date_sent: timeAgo(index / 4),
    display_id: `INV-${index}`,
  });

  it.each(['find_invoices', 'find_credit_requests'])(
    '%s fails if it finds nothing, and names the input',
    async (key) => {
      api.fill(key === 'find_invoices' ? 'invoices' : 'proforma-invoices', 1100, paidUntil(1000));
      expect(await failureOf(api.find(key, { find_statuses: 'unpaid' }))).toMatch(
        /^There are too many (?:invoice|credit request)s in TutorCruncher to compare all of them, so .* Fill in "Sent From"/,
      );
      expect(await api.find(key, { find_statuses: 'unpaid', find_sent_from: timeAgo(100) })).toEqual([]);
    },
  );

  it('fails if time is up before it has found something', async () => {
    api.fill('services', 1000, (index) => ({ status: index < 900 ? 'pending' : 'finished' }));
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 7000);
    const search = api.find('find_jobs', { find_statuses: 'finished' });
    expect(await failureOf(search)).toMatch(
      /^TutorCruncher responded too slowly to compare all jobs, so .* Try again in a few minutes\. .* Fill in "Find Label"/,
    );
    now.mockRestore();
  });

  it('fails if time is up before a list of other records that may match', async () => {
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 9000);
    const search = api.find('find_clients', { find_name: 'no such name', find_statuses: ['live', 'prospect'] });
    expect(await failureOf(search)).toMatch(/^TutorCruncher responded too slowly/);
    now.mockRestore();
  });

  it('does not take a job that is not preferred when time is up', async () => {
    api.fill('services', 1000, (index) => ({ name: index === 999 ? 'Maths' : `Maths ${index}` }));
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 7000);
    expect(await failureOf(api.find('find_job', { find_name: 'Maths' }))).toMatch(
      /^TutorCruncher responded too slowly/,
    );
    now.mockRestore();
  });

  it('fails if none of the records that it reads in full matches, and there are more', async () => {
    api.fill('services', 40, (index) => ({
      labels: index < 30 ? [] : [{ id: 26, name: 'Enquiry' }],
      status: 'pending',
    }));
    api.behaviour.ignoresFilters = true;
    // The check of the filter finds nothing, although later requests ignore it.
    api.before = (path) => (path.includes('2147483647') ? [200, { count: 0, next: null, results: [] }] : null);
    const inputs = { find_statuses: 'pending', find_label: '26', find_details: true };
    expect(await failureOf(api.find('find_jobs', inputs))).toMatch(
      /^None of the first 25 jobs matches\. This step reads no more of them in full/,
    );
  });
});
