/** The choice Only Students Who Attended: the statuses that count as attended, and the reading of the lesson. */

import { describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import { endOf, respondTo, run, shown } from '../support/lookups.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const paths = () => tutorCruncher.requests().map(({ path }) => path);
const { subject: REPORT } = triggerOf('report_created').sampleEvent;

describe('Only Students Who Attended', () => {
  const ATTENDED = { only_students_who_attended: true };
  const runs = async (subject: JsonObject = {}) =>
    (await run('report_created', { ...REPORT, ...subject }, ATTENDED)).length;
  const setLesson = (fields: JsonObject) => tutorCruncher.now.account.change('appointments', 9106, fields);
  const student = (recipient: unknown, status: unknown) => ({ recipient, paying_client: 301, status });

  it.each([
    ...['attended', 'Attended', 'planned', 'awaiting-report', 'cancelled'].map((status) => [status, 1] as const),
    ...['missed', 'missed-chargeable', 'Missed', 'Missed Chargeable'].map((status) => [status, 0] as const),
  ])('is decided by the status of the student in the lesson: %s', async (status, count) => {
    for (const other of ['attended', 'missed']) {
      setLesson({ status: 'planned', rcras: [student(504, other), student(503, status), student(505, other)] });
      expect(await runs()).toBe(count);
    }
    expect(paths()).toEqual(Array(2).fill('/api/appointments/9106/'));
  });

  it.each<[string, JsonObject, unknown[]]>([
    ['the report has no student', { service_recipient: null }, [student(503, 'attended')]],
    ['the report has no lesson', { appointment: null }, [student(503, 'attended')]],
    ['the student is not in the lesson', {}, [student(504, 'attended')]],
    ['the lesson has no students', {}, []],
  ])('is not met if %s', async (_case, subject, rcras) => {
    setLesson({ rcras });
    expect(await runs(subject)).toBe(0);
    expect(paths()).toHaveLength(Object.keys(subject).length === 0 ? 1 : 0);
  });

  it('is not met if the lesson no longer exists', async () => {
    tutorCruncher.now.account.addList('appointments', []);
    expect(await runs()).toBe(0);
  });

  it.each<[string, JsonObject]>([
    ['the student', { service_recipient: undefined }],
    ['the id of the student', { service_recipient: { first_name: 'Leo' } }],
    ['the lesson', { appointment: undefined }],
  ])('reads the report as well if the event lacks %s', async (_case, subject) => {
    expect(await runs(subject)).toBe(1);
    setLesson({ rcras: [student(503, 'missed')] });
    expect(await runs(subject)).toBe(0);
    expect(paths().slice(0, 2)).toEqual(['/api/reports/1207/', '/api/appointments/9106/']);
  });

  it('is decided by the status of the student even if another student has no ID', async () => {
    setLesson({ rcras: [student(null, 'missed'), student(503, 'attended')] });
    expect(await runs()).toBe(1);
  });

  it('reads ids and nested records alike', async () => {
    setLesson({ rcras: [student({ id: 503, first_name: 'Leo' }, 'attended')] });
    expect(await runs({ appointment: 9106, service_recipient: 503 })).toBe(1);
  });

  it.each<[string, unknown]>([
    ['no students', null],
    ['a student without an ID', [student(null, 'attended')]],
    ['a student without data', [null]],
    ['no status of the student', [student(503, null)]],
    ['a blank status of the student', [student(503, ' ')]],
  ])('halts the run if the lesson contains %s', async (_case, rcras) => {
    setLesson({ rcras });
    expect(await endOf(runs())).toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining("TutorCruncher's response does not contain who attended the lesson."),
    });
  });

  it('limits the test data', async () => {
    tutorCruncher.now.account.change('appointments', 9110, { rcras: [student(507, 'missed')] });
    const records = await shown('report_created', ATTENDED);
    expect(records.map(({ report_id }) => report_id)).toEqual([1210, 1209]);
    respondTo(tutorCruncher, '/api/appointments/9109/', [503, {}]);
    expect(await shown('report_created', ATTENDED)).toMatchObject([{ report_id: 1207, student_name: 'Leo Raman' }]);
  });
});
