/** Searches in an account whose lists ignore filters. */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { find } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();

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
});
