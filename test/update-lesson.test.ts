/** Reschedule or Edit Lesson against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../local/api/behaviour.ts';
import type { ApiResponse } from '../local/api/response.ts';
import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** A planned lesson of 90 minutes on job 708, and a completed lesson. */
const PLANNED = '9109';
const COMPLETED = '9106';
const ZAP = { timezone: 'Europe/London' };

const update = (inputData: JsonObject) => act('update_lesson', { lesson: PLANNED, ...inputData }, ZAP);
const stored = (): JsonObject => tutorCruncher.now.account.find('appointments', PLANNED) ?? {};
const lastBody = () => tutorCruncher.writes().at(-1)?.body;
/** Replaces the response to one kind of request. */
const answer = (isMeant: (request: ApiRequest) => boolean, response: ApiResponse) => {
  tutorCruncher.now.behaviour.intercept = (request) => (isMeant(request) ? response : null);
};

describe('update_lesson', () => {
  it('moves the start and keeps the length', async () => {
    const record = await update({ start: '2027-06-10 17:00' });
    expect(tutorCruncher.writes()).toEqual([
      {
        method: 'PUT',
        path: `/api/appointments/${PLANNED}/`,
        body: {
          topic: 'Passé composé',
          start: '2027-06-10T17:00:00+01:00',
          finish: '2027-06-10T17:30:00Z',
          status: 'planned',
          service: 708,
        },
      },
    ]);
    expect(record).toMatchObject({
      id: 9109,
      lesson_start: '2027-06-10T16:00:00Z',
      lesson_finish: '2027-06-10T17:30:00Z',
    });
  });

  it('returns the record that a search finds and that the webhook of the change contains', async () => {
    const record = await update({ topic: 'Revision {{bundle.inputData.topic}}' });
    expect(record).toMatchObject({
      lesson_topic: 'Revision {{bundle.inputData.topic}}',
      job_name: 'French for Inês',
      student_names: 'Inês Ferreira',
      tutor_names: 'Ravi Menon',
    });
    expect(Object.keys(record)).toEqual(Object.keys(lesson.ownSample));
    expect([record]).toEqual(await find('find_lesson', { lesson: PLANNED }, ZAP));
    const [triggered] = await tutorCruncher.triggered('lesson_updated');
    expect(triggered).toMatchObject({ lesson_id: 9109, lesson_topic: record.lesson_topic, job_name: record.job_name });
  });

  it('sends only the fields that TutorCruncher requires and the fields that are filled in', async () => {
    const { start, finish } = stored();
    await update({ topic: 'Revision', start: '', finish: null, length_in_minutes: ' ' });
    expect(lastBody()).toEqual({ topic: 'Revision', start, finish, status: 'planned', service: 708 });
  });

  it.each([
    [{ finish: '2099-01-01T10:00:00Z' }, (start: string) => [start, '2099-01-01T10:00:00Z']],
    [{ length_in_minutes: 45 }, (start: string) => [start, start.replace('16:00', '16:45')]],
    [{ length_in_minutes: '045.0' }, (start: string) => [start, start.replace('16:00', '16:45')]],
    [{ start: '2027-03-28T00:30:00Z', length_in_minutes: 120 }, () => ['2027-03-28T00:30:00Z', '2027-03-28T02:30:00Z']],
    [
      { start: '2027-01-05T09:00:00-0500', finish: '2027-01-05 15:00' },
      () => ['2027-01-05T09:00:00-05:00', '2027-01-05T15:00:00+00:00'],
    ],
  ] as const)('changes the times with %j', async (inputData, timesOf) => {
    const [start, finish] = timesOf(String(stored().start));
    await update(inputData);
    expect(lastBody()).toMatchObject({ start, finish });
  });

  it.each([
    [{}, /^This step changes nothing/],
    [{ start: '2027-06-10' }, /^The field "Start" of this step contains a date without a time/],
    [{ start: '2027-06-10T17:00:00+99:00' }, /^The field "Start" of this step does not contain a date and time/],
    [{ finish: 'later' }, /^The field "Finish" of this step does not contain a date and time/],
    [
      { length_in_minutes: 0 },
      /^The field "Length in Minutes" .* must contain a whole number of minutes from 1 to 1440/,
    ],
    [{ length_in_minutes: 1441 }, /whole number of minutes/],
    [{ length_in_minutes: '1.5' }, /whole number of minutes/],
    [{ length_in_minutes: '-30' }, /whole number of minutes/],
    [
      { finish: '2027-06-10T17:00:00Z', length_in_minutes: 30 },
      /^This step has both a Finish and a Length in Minutes\. .* Nothing was changed\.$/,
    ],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each([
    [{ finish: '2020-01-01T10:00:00Z' }, /^The lesson must finish after its start\. /],
    [{ start: '2027-01-05T10:00:00Z', finish: '2027-01-05T10:00:00Z' }, /^The lesson must finish after its start\. /],
    [
      { lesson: COMPLETED, topic: 'X' },
      /^Only planned lessons can be changed, and this lesson is completed or cancelled\. /,
    ],
    [{ lesson: '1', topic: 'X' }, /^The lesson that this step refers to does not exist/],
  ])('refuses %j before anything is written', async (inputData, message) => {
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('accepts a job that is a bare id, and a status in another letter case', async () => {
    const { start, finish } = stored();
    const found = { id: 9109, topic: 'French', start, finish, status: 'Planned', service: 708 };
    answer(({ method }) => method === 'GET', [200, found]);
    await update({ topic: 'X' });
    expect(lastBody()).toEqual({ topic: 'X', start, finish, status: 'planned', service: 708 });
  });

  it.each([{ start: 'soon' }, { finish: null }, { service: null }, { service: { name: 'French' } }])(
    'writes nothing if the lesson that it reads has %j',
    async (changes) => {
      answer(({ method }) => method === 'GET', [200, { ...stored(), ...changes }]);
      expect(await failureOf(update({ topic: 'X' }))).toMatch(/contains no start, finish or job for the lesson\. /);
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );
});
