/** Searches against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { Behaviour } from '../../../local/api/behaviour.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { find } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const SEARCHES: [string, JsonObject, object][] = [
  ['find_client', { email: ' Priya.Raman@example.com ' }, { id: 301, client_name: 'Priya Raman' }],
  ['find_client', { find_last_name: 'Solberg' }, { id: 303, client_status: 'live' }],
  ['find_client', { client: '302' }, { id: 302 }],
  ['find_student', { find_first_name: 'Leo', find_last_name: 'Raman' }, { id: 503, client_name: 'Priya Raman' }],
  ['find_student', { client: '303' }, { id: 505, student_name: 'Nils Solberg' }],
  ['find_tutor', { tutor: '402' }, { id: 402, tutor_mobile: '07700 900246' }],
  ['find_affiliate', { email: 'owen.brook@example.com' }, { id: 604 }],
  ['find_job', { find_name: 'physics' }, { id: 707, job_name: 'A Level Physics for Nils' }],
  [
    'find_lesson',
    { find_tutor: '402', find_status: 'complete' },
    { id: 9106, lesson_status: 'complete', tutor_names: 'Hannah Whitlock' },
  ],
  ['find_ad_hoc_charge', { find_client: '302' }, { id: 78, client_name: 'Marcus Adeyemi' }],
  ['find_invoice', { find_number: '150' }, { id: 150, invoice_display_id: 'INV-150', invoice_status: 'failed' }],
  ['find_credit_request', { find_client: '302' }, { id: 30, client_name: 'Marcus Adeyemi' }],
  ['find_report', { find_lesson: '9106' }, { id: 1207, student_name: 'Leo Raman' }],
];

describe.each<[condition: string, behaviour: Partial<Behaviour>]>([
  ['the usual shape', {}],
  ['lists that ignore filters', { ignoresFilters: true }],
  ['the older shape', { isOlderShape: true }],
  ['the documented names of tutors', { tutorNameField: 'contractor_name' }],
])('a search in an account with %s', (_condition, behaviour) => {
  it.each(SEARCHES)('%s finds the record for %j', async (key, inputData, expected) => {
    Object.assign(tutorCruncher.now.behaviour, behaviour);
    expect(await find(key, inputData)).toMatchObject([expected]);
  });
});

describe('find_lesson', () => {
  it.each(['latest', 'earliest'])('finds the %s of 700 lessons with at most 16 requests', async (find_which) => {
    const { account } = tutorCruncher.now;
    const weeks = Array.from({ length: 700 }, (_, index) => index);
    // The ids are in a different order than the starts.
    for (const week of weeks.sort((a, b) => ((a * 37) % 700) - ((b * 37) % 700))) {
      const start = new Date(Date.UTC(2020, 0, 1 + 7 * week, 16)).toISOString();
      const student = { recipient: 508, recipient_name: 'Ada Long', paying_client: 301 };
      account.add('appointments', { start, finish: start, topic: `Week ${week}`, status: 'planned', rcras: [student] });
    }
    const topic = find_which === 'latest' ? 'Week 699' : 'Week 0';
    expect(await find('find_lesson', { find_student: '508', find_which })).toMatchObject([{ lesson_topic: topic }]);
    expect(tutorCruncher.requests().length).toBeLessThanOrEqual(16);
  });
});

describe('R18: a search', () => {
  it.each<[string, JsonObject]>([
    ['find_client', { email: 'nobody@example.com' }],
    ['find_student', { client: '301', find_first_name: 'Nobody' }],
    ['find_tutor', { find_last_name: 'Nobody' }],
    ['find_affiliate', { email: 'nobody@example.com' }],
    ['find_job', { find_name: 'Nothing' }],
    ['find_lesson', { find_student: '999' }],
    ['find_ad_hoc_charge', { find_client: '999' }],
    ['find_invoice', { find_number: 'INV-9' }],
    ['find_credit_request', { find_client: '999' }],
    ['find_report', { find_student: '999' }],
  ])(
    '%s returns an empty list if there is no such record, and fails if TutorCruncher fails',
    async (key, inputData) => {
      expect(await find(key, inputData)).toEqual([]);
      for (const status of [400, 403, 503]) {
        tutorCruncher.now.behaviour.intercept = () => [status, { detail: 'No.' }];
        await expect(find(key, inputData)).rejects.toThrow();
      }
    },
  );
});
