/** The searches for jobs. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { job } from '../../objects/job.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi } from '../support/direct-api.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const NOW = Date.now();
const timeAgo = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();
let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

describe('find_job', () => {
  const maths = { id: 705, name: 'GCSE Maths for Leo', status: 'in-progress' };

  it('prefers an exact name on a later page to a part of a name on an earlier page', async () => {
    expectList('services', {}, [{ id: 710, name: 'Extra: GCSE Maths for Leo', status: 'pending' }], true);
    expectList('services', { page: '2' }, [maths], true);
    expectDetail('services', 705, detail(job));
    expect((await find('find_job', { find_name: 'gcse maths  for leo' }))[0]?.id).toBe(705);
  });

  it.each([
    ['maths', []],
    ['gcse maths  for leo', [705]],
  ])('searches only whole names for "%s" if requested, and finds the jobs %j', async (name, ids) => {
    expectList('services', {}, [maths]);
    if (ids.length > 0) expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: name, find_whole_name: true });
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('compares status and label', async () => {
    const jobs = [{ ...maths, id: 712, status: 'finished' }, { ...maths, id: 711 }, maths];
    expectList('services', { labels: '26' }, jobs);
    expectDetail('services', 711, detail(job, { id: 711, labels: [] }));
    expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: maths.name, find_label: '26', find_status: 'In Progress' });
    expect(found[0]?.id).toBe(705);
  });

  it('finds the job of a student among jobs with the same name', async () => {
    expectList('services', {}, [{ ...maths, id: 713 }, { ...maths, id: 714 }, maths]);
    expectDetail('services', 713, detail(job, { id: 713, rcrs: [{ recipient: 504 }] }));
    expectDetail('services', 714, detail(job, { id: 714, rcrs: null }));
    expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: maths.name, find_student: '503' });
    expect(found.map(({ id }) => id)).toEqual([705]);
  });

  it('does not search only by label or status, or by an unknown status', async () => {
    expect(
      await failureOf(find('find_job', { find_label: '26', find_status: 'finished', find_student: '503' })),
    ).toMatch(/Fill in "Find Name"/);
    expect(await failureOf(find('find_job', { find_name: 'x', find_status: 'done' }))).toBe(
      'The field "Find Status" of this step must contain one of these: Pending; Available; In Progress; Finished; Gone Cold.',
    );
  });
});

describe('find_jobs', () => {
  beforeEach(() => {
    api.fill('services', 300, (index) => ({
      name: index === 250 ? 'Maths' : `Maths ${index}`,
      status: ['pending', 'available', 'finished'][index % 3],
      created: timeAgo(index),
      last_updated: timeAgo(index / 2),
      labels: index < 10 ? [{ id: 26, name: 'Enquiry' }] : [],
    }));
  });

  it('finds jobs by several statuses, label, part of a name, and the days of creation and change', async () => {
    const matchesOf = async (inputs: JsonObject) => (await api.find('find_jobs', inputs))[0]?.matches ?? 0;
    expect(await matchesOf({ find_statuses: ['pending', 'Available'] })).toBe(200);
    expect(await matchesOf({ find_label: '26', find_statuses: 'pending' })).toBe(4);
    expect(await matchesOf({ find_name: 'maths 1' })).toBe(111);
    expect(await matchesOf({ find_created_from: timeAgo(9), find_created_to: timeAgo(5) })).toBe(5);
    expect(await matchesOf({ find_updated_from: timeAgo(2), find_name: 'Maths' })).toBeGreaterThanOrEqual(4);
    expect(await matchesOf({ find_updated_from: timeAgo(2), find_name: 'Maths' })).toBeLessThanOrEqual(6);
    expect(await matchesOf({ find_label: '26', find_details: true })).toBe(10);
  });

  it('has the job with the whole name first', async () => {
    const results = await api.find('find_jobs', { find_name: 'maths' });
    expect(results.slice(0, 2).map(({ job_name }) => job_name)).toEqual(['Maths', 'Maths 0']);
  });
});

describe('the limits of a step', () => {
  /** Responds to every request with a page of jobs that have a different name, followed by another page. */
  const answerWith = (count: number) => {
    let id = 0;
    api.before = () => {
      const results = Array.from({ length: count }, () => ({ id: ++id, name: 'Another', status: 'pending' }));
      return [200, { count: 5000, next: 'https://app.tutorcruncher.com/x', previous: null, results }];
    };
  };

  it('a search for a job reads at most ten pages, and then reports that it could not check everything', async () => {
    answerWith(100);
    expect(await failureOf(api.find('find_job', { find_name: 'Piano' }))).toMatch(
      /^There are too many jobs .* Fill in "Find Label"/,
    );
    expect(api.requests).toHaveLength(10);
  });

  it('a search for a job requests no more pages after 20 seconds, and then reports that it could not check everything', async () => {
    const now = jest.spyOn(Date, 'now').mockImplementation(() => NOW + api.requests.length * 7000);
    answerWith(1);
    expect(await failureOf(api.find('find_job', { find_name: 'Piano' }))).toMatch(
      /^TutorCruncher responded too slowly /,
    );
    expect(api.requests).toHaveLength(3);
    now.mockRestore();
  });
});
