/** The traps of TutorCruncher's API and of Zapier for searches. Each trap has a `describe` with its name. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import app from '../../index.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a filter that TutorCruncher ignores returns the entire list', () => {
  const NOBODY = { email: 'nobody@example.com' };

  it.each<[string, object]>([
    ['find_client', NOBODY],
    ['find_tutor', NOBODY],
    ['find_student', NOBODY],
    ['find_affiliate', NOBODY],
    ['find_student', { client: '301', find_first_name: 'Nobody' }],
    ['find_job', { find_name: 'Nothing' }],
    ['find_job', { find_name: 'Piano', find_label: '26' }],
    ['find_lesson', { find_job: '705', find_status: 'planned' }],
    ['find_lesson', { find_student: '999', find_status: 'planned' }],
    ['find_ad_hoc_charge', { find_client: '999' }],
    ['find_report', { find_lesson: '999' }],
  ])('%s finds nothing for %j instead of the newest record', async (key, inputData) => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    expect(await find(key, { ...inputData })).toEqual([]);
  });

  it.each(Object.keys(app.searches))('%s never searches without a criterion', async (key) => {
    const blank = { email: ' ', find_first_name: '', find_last_name: null, find_name: '', client: '', find_client: [] };
    expect(await failureOf(find(key, blank))).toMatch(/^This step /);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

describe('paths', () => {
  const EVIL = [
    '12/take_payment',
    '../clients/301',
    '301?x=1',
    '301#',
    '%2e%2e',
    '３０１',
    '1e3',
    '-1',
    '0',
    '1.5',
    '9'.repeat(16),
  ];

  it.each(['find_client', 'find_tutor', 'find_student', 'find_affiliate', 'find_job', 'find_lesson'])(
    '%s accepts only digits for a record',
    async (key) => {
      for (const value of EVIL) {
        expect(await failureOf(find(key, { [key.slice('find_'.length)]: value }))).toMatch(/does not contain an ID/);
      }
      expect(tutorCruncher.requests()).toEqual([]);
    },
  );
});

describe('the limits of a step', () => {
  /** Responds to every request with a page of jobs that have a different name, followed by another page. */
  const answerWith = (count: number) => {
    let id = 0;
    tutorCruncher.now.behaviour.intercept = () => {
      const results = Array.from({ length: count }, () => ({ id: ++id, name: 'Another', status: 'pending' }));
      return [200, { count: 5000, next: 'https://app.tutorcruncher.com/x', previous: null, results }];
    };
  };

  it('a search for a job reads at most ten pages, and then reports that it could not check everything', async () => {
    answerWith(100);
    expect(await failureOf(find('find_job', { find_name: 'Piano' }))).toMatch(
      /^There are too many jobs .* Fill in "Find Label"/,
    );
    expect(tutorCruncher.requests()).toHaveLength(10);
  });

  it('a search for a job requests no more pages after 20 seconds, and then reports that it could not check everything', async () => {
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + tutorCruncher.requests().length * 7000);
    answerWith(1);
    expect(await failureOf(find('find_job', { find_name: 'Piano' }))).toMatch(/^TutorCruncher responded too slowly /);
    expect(tutorCruncher.requests()).toHaveLength(3);
  });
});
