/** The trigger about jobs that wait for a tutor. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { fromNow, poll } from '../support/polls.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

describe('job_waiting_for_tutor', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('services', []);
  });

  const TUTOR = { contractor: 402, name: 'Hannah Whitlock' };
  /** Adds a job to the account. @param days - days since the creation of the job */
  const add = (days: number, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add('services', {
      name: 'Maths',
      status: 'available',
      created: fromNow(-24 * days),
      conjobs: [],
      ...fields,
    });
  const idsOf = async (inputData: JsonObject = {}) =>
    (await poll('job_waiting_for_tutor', inputData)).map(({ id }) => id);

  it('returns a job from the chosen number of days after it was created, for 5 days', async () => {
    const [recent, old] = [add(3.001), add(7.99)];
    for (const days of [2.99, 8.01]) add(days);
    expect(await idsOf()).toEqual([`${recent.id}@3`, `${old.id}@3`]);
    expect(await idsOf({ days_after: '7' })).toEqual([`${old.id}@7`, `${old.id + 2}@7`]);
  });

  it('asks TutorCruncher only for jobs that were created at that time, and compares them again', async () => {
    const { id } = add(4);
    add(100);
    for (const ignoresFilters of [false, true]) {
      tutorCruncher.now.behaviour.ignoresFilters = ignoresFilters;
      expect(await idsOf()).toEqual([`${id}@3`]);
    }
    expect(tutorCruncher.requests()[0]?.path).toMatch(/^\/api\/services\/\?created_gte=[^&]+&created_lte=[^&]+$/);
  });

  it.each([
    ['pending', true],
    ['available', true],
    ['Available', true],
    ['in-progress', false],
    ['finished', false],
    ['gone-cold', false],
    [null, false],
  ])('with the status %j: %p', async (status, triggers) => {
    const { id } = add(4, { status });
    expect(await idsOf()).toEqual(triggers ? [`${id}@3`] : []);
  });

  it('does not return a job with a tutor', async () => {
    const { id } = add(4);
    add(5, { conjobs: [TUTOR] });
    expect(await idsOf()).toEqual([`${id}@3`]);
  });

  it.each([
    ['conjobs', [undefined, null, 'none'], /contains no list of the tutors of a job\. Try again/],
    ['created', [undefined, null, 'yesterday'], /contains no time of creation of a job\. Try again/],
  ])('fails if TutorCruncher does not send %s', async (field, values, message) => {
    for (const value of values) {
      tutorCruncher.now.account.addList('services', []);
      const { id } = add(4);
      tutorCruncher.now.behaviour.intercept = ({ path }) => {
        const job = { ...tutorCruncher.now.account.find('services', id), [field]: value };
        return path.endsWith(`/${id}/`) ? [200, job] : [200, { count: 1, next: null, results: [job] }];
      };
      expect(await failureOf(idsOf())).toMatch(message);
    }
  });

  it.each(['0', '91', 'soon'])('refuses %j days', async (days) => {
    expect(await failureOf(idsOf({ days_after: days }))).toMatch(/^The field "Days After" of this step must /);
  });
});
