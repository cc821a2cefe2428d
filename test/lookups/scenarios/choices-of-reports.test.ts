/** The choices that limit triggers about reports. A request fails, or one of two students has missed the lesson. */

import { describe, expect, it } from '@jest/globals';

import type { ApiResponse } from '../../../local/api/behaviour.ts';
import { triggerOf } from '../../../local/hook-calls.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { deliver } from '../../support/app-tester.ts';
import { endOf, respondTo, run } from '../../support/lookups.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { skipPauses } from '../../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const paths = () => tutorCruncher.requests().map(({ path }) => path);
const { subject: REPORT } = triggerOf('report_created').sampleEvent;

describe.each<[label: string, choice: JsonObject, path: string, subject: JsonObject]>([
  ['Only Reports With Text', { only_reports_with_text: true }, '/api/reports/1207/', REPORT],
  ['Only Students Who Attended', { only_students_who_attended: true }, '/api/appointments/9106/', REPORT],
])('the choice %s', (label, choice, path, subject) => {
  const ends = () => endOf(run('report_created', subject, choice));

  it('repeats a request that fails', async () => {
    respondTo(tutorCruncher, path, [503, {}], [200, { id: 1 }], null);
    expect(await run('report_created', subject, choice)).toHaveLength(1);
    expect(paths()).toEqual([path, path, path]);
  });

  it.each<[string, ApiResponse, string]>([
    ['TutorCruncher does not respond', [503, {}], 'TutorCruncher is having a problem (HTTP status 503).'],
    [
      'the response is incomplete',
      [200, { id: Number(/\d+/.exec(path)?.[0]) }],
      "TutorCruncher's response does not contain",
    ],
    [
      'the response is about another record',
      [200, { id: 1 }],
      "TutorCruncher's response is incomplete: it contains no",
    ],
  ])('halts the run with a message if %s', async (_case, response, reason) => {
    respondTo(tutorCruncher, path, response);
    const { name, message } = await ends();
    expect(name).toBe('HaltedError');
    expect(message).toContain(`"${label}" could not be checked. ${reason}`);
    expect(message).toMatch(/replay it, if Zapier offers a replay there\.$/);
    expect(paths().length).toBeGreaterThan(2);
  });

  it('throttles the run at once after status 429', async () => {
    respondTo(tutorCruncher, path, [429, {}]);
    const { name, message } = await ends();
    expect(name).toBe('ThrottledError');
    expect(message).toContain(`"${label}" could not be checked.`);
    expect(paths()).toEqual([path]);
  });

  it('takes no request and leaves nothing out unless a Zap makes it', async () => {
    const [key = ''] = Object.keys(choice);
    for (const answer of ['', false, 'false']) {
      expect(await run('report_created', { ...subject, service_recipient: null }, { [key]: answer })).toHaveLength(1);
    }
    expect(paths()).toEqual([]);
  });
});

it('the choice Only Students Who Attended is checked after the text, and shares the request for the report', async () => {
  const both = { only_students_who_attended: true, only_reports_with_text: true };
  const without = { ...REPORT, service_recipient: undefined };
  expect(await run('report_created', without, both)).toHaveLength(1);
  expect(paths()).toEqual(['/api/reports/1207/', '/api/appointments/9106/']);
  expect(
    await run(
      'report_created',
      { ...REPORT, extra_attrs: [{ type: 'Long Textbox', machine_name: 'client_report', value: 'null' }] },
      both,
    ),
  ).toEqual([]);
  expect(paths()).toHaveLength(2);
});

describe('the reports of a lesson that one of two students missed', () => {
  const runs = async (inputData: JsonObject) => {
    const deliveries = await tutorCruncher.deliveries();
    const records = await Promise.all(deliveries.map((delivery) => deliver('report_created', delivery, inputData)));
    return records.flat().map(({ student_name, custom_client_report_text: text }) => [student_name, typeof text]);
  };

  it.each([
    ['only_reports_with_text', 0],
    ['only_students_who_attended', 2],
  ])('run the Zap for the other student alone with %s', async (choice, requests) => {
    tutorCruncher.now.reportOn(9103);
    const attended = ['Nils Solberg', 'string'];
    const missed = ['Inês Ferreira', 'object'];
    expect((await runs({})).sort()).toEqual([missed, attended]);
    expect(paths()).toEqual([]);
    expect(await runs({ [choice]: true })).toEqual([attended]);
    expect(paths()).toHaveLength(requests);
  });

  it('run the Zap again for each copy if the stand-in has several `reportsPerStudent`', async () => {
    tutorCruncher.now.behaviour.reportsPerStudent = 3;
    tutorCruncher.now.reportOn(9103);
    expect(await runs({})).toHaveLength(6);
    expect(await runs({ only_reports_with_text: true, only_students_who_attended: true })).toHaveLength(3);
  });
});
