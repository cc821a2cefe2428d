/** Searches that found nothing and could not compare every record. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { Bundle } from 'zapier-platform-core';
import { directZ } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { unfinishedSearch, type Gap } from '../../src/search/unfinished-search.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const NOW = Date.now();
const timeAgo = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();

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

  it('fails if time is up before it reads a second list of records that may match', async () => {
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 9000);
    const search = api.find('find_clients', { find_name: 'no such name', find_statuses: ['live', 'prospect'] });
    expect(await failureOf(search)).toMatch(/^TutorCruncher responded too slowly/);
    now.mockRestore();
  });

  it('does not return a job that is not preferred when time is up', async () => {
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
    // The check of the filter finds no rows, but later requests ignore the filter.
    api.before = (path) => (path.includes('2147483647') ? [200, { count: 0, next: null, results: [] }] : null);
    const inputs = { find_statuses: 'pending', find_label: '26', find_details: true };
    expect(await failureOf(api.find('find_jobs', inputs))).toMatch(
      /^None of the first 25 jobs matches\. This step reads no more jobs in full, so it cannot tell whether another job matches\./,
    );
  });
});

describe('the error of a search that did not compare every record', () => {
  it.each<[gap: Gap, back: string, code: string, message: RegExp]>([
    ['incomplete', '', 'ApiError', /^TutorCruncher's list of jobs was incomplete, .* Try again in a few minutes\.$/],
    ['time', '', 'ApiError', /^TutorCruncher responded too slowly to compare all jobs, .* Narrow it\.$/],
    ['details', '', 'InvalidInput', /^None of the first 1,250 jobs matches\. .* Narrow it\.$/],
    ['pages', '2026-06-10', 'InvalidInput', /^None of the newest 1,250 jobs .* back to 2026-06-10\. .* Narrow it\.$/],
    ['pages', '', 'InvalidInput', /^There are too many jobs in TutorCruncher to compare all of them, .* Narrow it\.$/],
  ])('names the reason %s, with the last date "%s", and is of the kind %s', (gap, back, code, message) => {
    const run = StepRun.ofSearch(directZ, { authData: {}, inputData: {} } as unknown as Bundle);
    const error = unfinishedSearch(run, 'job', { gap, compared: 1250, back }, 'Narrow it.');
    const shown = JSON.parse(error.message) as JsonObject;
    expect(shown.code).toBe(code);
    expect(shown.message).toMatch(message);
  });
});
