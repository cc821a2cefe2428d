/** The choices that limit triggers about reports: reports with a text, and students who attended. */

import { describe, expect, it } from '@jest/globals';

import type { ApiResponse } from '../../local/api/response.ts';
import { triggerOf } from '../../local/hook-calls.ts';
import { shownMessageOf } from '../../local/zapier.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { run, shown } from '../support/lookups.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const paths = () => tutorCruncher.requests().map(({ path }) => path);

const { subject: REPORT } = triggerOf('report_created').sampleEvent;

/** Returns custom fields of a report as events contain them. */
const textbox = (value: unknown, type = 'Long Textbox', machine_name = 'client_report') => ({
  id: 1,
  machine_name,
  name: 'Report',
  type,
  value,
});
const short = (value: unknown) => textbox(value, 'Short Textbox', 'homework');

/** Responds to each request for a path with these responses in order, and then with the last. */
function respondTo(path: string, ...responses: readonly (ApiResponse | null)[]): void {
  let index = 0;
  tutorCruncher.now.behaviour.intercept = (request) =>
    request.path === path ? (responses[Math.min(index++, responses.length - 1)] ?? null) : null;
}

/** Returns the name and the message of the error that ends a run. */
const endOf = (records: Promise<unknown>) =>
  records.then(
    () => ['', ''],
    (error: unknown) => [(error as Error).name, shownMessageOf(error)],
  );

describe.each<[label: string, choice: JsonObject, path: string, subject: JsonObject]>([
  ['Only Reports With Text', { only_reports_with_text: true }, '/api/reports/1207/', REPORT],
  ['Only Students Who Attended', { only_students_who_attended: true }, '/api/appointments/9106/', REPORT],
])('the choice %s', (label, choice, path, subject) => {
  const ends = () => endOf(run('report_created', subject, choice));

  it('repeats a request that fails', async () => {
    respondTo(path, [503, {}], [200, { id: 1 }], null);
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
    respondTo(path, response);
    const [name, message] = await ends();
    expect(name).toBe('HaltedError');
    expect(message).toContain(`"${label}" could not be checked. ${reason}`);
    expect(message).toMatch(/replay it, if Zapier offers a replay there\.$/);
    expect(paths().length).toBeGreaterThan(2);
  });

  it('throttles the run at once after status 429', async () => {
    respondTo(path, [429, {}]);
    const [name, message] = await ends();
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

describe('Only Reports With Text', () => {
  const runs = async (extra_attrs: unknown) =>
    (await run('report_created', { ...REPORT, extra_attrs }, { only_reports_with_text: 'true' })).length;

  it.each<[string, unknown, number]>([
    ['a long text', [textbox('Well done.'), short('')], 1],
    ['a second long text', [textbox('null'), textbox('Well done.', 'Long Text', 'next')], 1],
    ['a short text beside an empty long text', [textbox(''), short('Exercise 7')], 0],
    ['the word null', [textbox('null'), short('Exercise 7')], 0],
    ['the word null between blanks and tags', [textbox('<p> null </p>')], 0],
    ['tags and blanks', [textbox('<p>&nbsp;</p><br>')], 0],
    ['null', [textbox(null)], 0],
    ['a text that contains the word null', [textbox('null and void')], 1],
    ['a short text, without a field for long text', [short('Exercise 7')], 1],
    ['a number, without a field for long text', [textbox(4, 'Integer')], 1],
    ['a ticked box, without a field for long text', [textbox('True', 'Checkbox')], 1],
    ['empty fields, none of them for long text', [short('null'), short(''), short(' '), short(null)], 0],
    ['a box that is not ticked', [textbox('False', 'Checkbox'), textbox(false, 'Boolean')], 0],
    ['the short text False', [short('False')], 1],
  ])('is decided by the event: %s', async (_case, extra_attrs, count) => {
    expect(await runs(extra_attrs)).toBe(count);
    expect(paths()).toEqual([]);
  });

  const UNTYPED = { machine_name: 'homework', name: 'Homework', value: 'Exercise 7' };

  it.each([[undefined], [null], [[]], [[null]], [[UNTYPED]], [{}], [{ homework: 'Exercise 7' }], ['x']])(
    'reads the report if the event has no list of custom fields with their types: %j',
    async (extra_attrs) => {
      const reports = [
        [textbox('Well done.')],
        { homework: 'Exercise 7' },
        [textbox('null')],
        [],
        { homework: 'null' },
      ];
      const counts: number[] = [];
      for (const fields of reports) {
        tutorCruncher.now.account.change('reports', 1207, { extra_attrs: fields });
        counts.push(await runs(extra_attrs));
      }
      expect(counts).toEqual([1, 1, 0, 0, 0]);
      expect(paths()).toEqual(Array(5).fill('/api/reports/1207/'));
    },
  );

  it.each([[undefined], [[]]])('adds the text that it read to the record of an event with %j', async (extra_attrs) => {
    const choice = { only_reports_with_text: true };
    expect(await run('report_created', { ...REPORT, client: null, extra_attrs }, choice)).toMatchObject([
      {
        custom_client_report_text:
          "A good lesson: we practised 'completing the square'.\nNext: exam questions & timing.",
        client_name: null,
      },
    ]);
  });

  it('repeats the read of a new report that TutorCruncher does not know yet', async () => {
    respondTo('/api/reports/1207/', [404, {}], null);
    expect(await runs([])).toBe(1);
    respondTo('/api/reports/1207/', [404, {}]);
    expect(await endOf(runs([]))).toEqual([
      'HaltedError',
      expect.stringContaining('TutorCruncher does not know the new report yet.'),
    ]);
  });

  it('limits the test data', async () => {
    for (const { id } of tutorCruncher.now.account.list('reports')) {
      tutorCruncher.now.account.change('reports', id, { extra_attrs: [textbox(id === 1210 ? 'Good.' : 'null')] });
    }
    const records = await shown('report_created', { only_reports_with_text: true });
    expect(records).toMatchObject([{ report_id: 1210, custom_client_report: 'Good.' }]);
  });
});

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

  it('reads ids and nested records alike', async () => {
    setLesson({ rcras: [student({ id: 503, first_name: 'Leo' }, 'attended')] });
    expect(await runs({ appointment: 9106, service_recipient: 503 })).toBe(1);
  });

  it.each<[string, unknown]>([
    ['no students', null],
    ['a student without an ID', [student(null, 'attended')]],
    ['no status of the student', [student(503, null)]],
  ])('halts the run if the lesson contains %s', async (_case, rcras) => {
    setLesson({ rcras });
    expect(await endOf(runs())).toEqual([
      'HaltedError',
      expect.stringContaining("TutorCruncher's response does not contain who attended the lesson."),
    ]);
  });

  it('is checked after the text, and shares the request for the report', async () => {
    const both = { ...ATTENDED, only_reports_with_text: true };
    const without = { ...REPORT, service_recipient: undefined };
    expect(await run('report_created', without, both)).toHaveLength(1);
    expect(paths()).toEqual(['/api/reports/1207/', '/api/appointments/9106/']);
    expect(await run('report_created', { ...REPORT, extra_attrs: [textbox('null')] }, both)).toEqual([]);
    expect(paths()).toHaveLength(2);
  });

  it('limits the test data', async () => {
    tutorCruncher.now.account.change('appointments', 9110, { rcras: [student(507, 'missed')] });
    const records = await shown('report_created', ATTENDED);
    expect(records.map(({ report_id }) => report_id)).toEqual([1210, 1209]);
    respondTo('/api/appointments/9109/', [503, {}]);
    expect(await shown('report_created', ATTENDED)).toMatchObject([{ report_id: 1207, student_name: 'Leo Raman' }]);
  });
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
