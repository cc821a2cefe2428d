/** The choice Only Reports With Text: the custom fields that count as text, and the reading of the report. */

import { describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import { endOf, respondTo, run, shown } from '../support/lookups.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const paths = () => tutorCruncher.requests().map(({ path }) => path);
const { subject: REPORT } = triggerOf('report_created').sampleEvent;

/** Returns custom fields of a report in the form that events contain. */
const textbox = (value: unknown, type = 'Long Textbox', machine_name = 'client_report') => ({
  id: 1,
  machine_name,
  name: 'Report',
  type,
  value,
});
const short = (value: unknown) => textbox(value, 'Short Textbox', 'homework');

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

  it.each([
    [undefined],
    [null],
    [[]],
    [[null]],
    [[UNTYPED]],
    [[UNTYPED, short('')]],
    [{}],
    [{ homework: 'Exercise 7' }],
    ['x'],
  ])('reads the report if the event has no list of custom fields with their types: %j', async (extra_attrs) => {
    const reports = [[textbox('Well done.')], { homework: 'Exercise 7' }, [textbox('null')], [], { homework: 'null' }];
    const counts: number[] = [];
    for (const fields of reports) {
      tutorCruncher.now.account.change('reports', 1207, { extra_attrs: fields });
      counts.push(await runs(extra_attrs));
    }
    expect(counts).toEqual([1, 1, 0, 0, 0]);
    expect(paths()).toEqual(Array(5).fill('/api/reports/1207/'));
  });

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
    respondTo(tutorCruncher, '/api/reports/1207/', [404, {}], null);
    expect(await runs([])).toBe(1);
    respondTo(tutorCruncher, '/api/reports/1207/', [404, {}]);
    expect(await endOf(runs([]))).toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining('TutorCruncher does not know the new report yet.'),
    });
  });

  it('halts the run if the report that it reads has no custom fields, not even an empty list', async () => {
    respondTo(tutorCruncher, '/api/reports/1207/', [200, { id: 1207 }]);
    expect(await endOf(runs([]))).toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining("TutorCruncher's response does not contain what the choice depends on."),
    });
  });

  it('limits the test data', async () => {
    for (const { id } of tutorCruncher.now.account.list('reports')) {
      tutorCruncher.now.account.change('reports', id, { extra_attrs: [textbox(id === 1210 ? 'Good.' : 'null')] });
    }
    const records = await shown('report_created', { only_reports_with_text: true });
    expect(records).toMatchObject([{ report_id: 1210, custom_client_report: 'Good.' }]);
  });
});
