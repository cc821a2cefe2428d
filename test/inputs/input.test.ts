/** The values of a step's inputs in the form that TutorCruncher expects. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { InputValues, InvalidValue, makeInput, textIn } from '../../src/inputs/input.ts';
import { dateTimeInput } from '../../src/inputs/date-time.ts';
import { objectsInput, recordInput } from '../../src/inputs/record-input.ts';
import { amountInput } from '../../src/inputs/number.ts';
import { textInput } from '../../src/inputs/text.ts';
import { booleanInput } from '../../src/inputs/yes-or-no.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { convert, runWith } from '../support/conversions.ts';
import { directZWith } from '../support/direct-z.ts';
import { failureOf } from '../support/steps.ts';

const client = recordInput('client', 'client_list', {});
const students = objectsInput('student', { becomes: 'rcras' }, (recipient) => ({ recipient }));
const topic = textInput('topic', {});
const rate = amountInput('charge_rate', { becomes: 'dft_charge_rate' });
const isDraft = booleanInput('is_draft', {});
const note = textInput('note', { becomes: null });
const INPUTS = [client, students, topic, rate, isDraft, note];

const valuesOf = (inputData: object) =>
  InputValues.read(
    INPUTS,
    StepRun.ofAction(
      directZWith(() => ({})),
      { authData: { private_key: PRIVATE_KEY }, inputData } as unknown as Bundle,
    ),
  );

it('sends ids as numbers and other values unchanged, and omits values that only the step uses', async () => {
  const inputData = { client: '7', students: '8,9', topic: ' Maths ', charge_rate: 40, is_draft: 'no', note: 'x' };
  const values = await valuesOf(inputData);
  expect(values.body()).toEqual({
    client: 7,
    rcras: [{ recipient: 8 }, { recipient: 9 }],
    topic: ' Maths ',
    dft_charge_rate: '40.00',
    is_draft: false,
  });
  expect([values.of(client), values.of(students), values.of(note)]).toEqual(['7', ['8', '9'], 'x']);
});

it('empty inputs are not sent', async () => {
  const values = await valuesOf({ topic: '', students: [] });
  expect(values.body()).toEqual({});
  expect(values.of(topic)).toBeNull();
});

it('only an input whose value TutorCruncher expects in another form has a second conversion', () => {
  expect(INPUTS.map((input) => 'toApi' in input)).toEqual([true, true, false, false, false, false]);
});

it('a required input refuses an empty value', async () => {
  expect(await failureOf(convert(textInput('field', { required: true }), ' '))).toMatch(/is empty\. Fill it in\./);
});

it('the default label of an input has the words of its key', () => {
  expect(rate.field.label).toBe('Charge Rate');
  expect(textInput('field', { label: 'Photo URL' }).field.label).toBe('Photo URL');
});

describe('the text of a field', () => {
  it.each([
    ['a', 'a'],
    [0, '0'],
    [false, 'false'],
    [['', 'a', 'a', null], 'a'],
  ])('is the single value in %j', (value, text) => {
    expect(textIn(value)).toBe(text);
  });

  it.each([
    [['a', 'b'], 'contains several values. Map a single value into it.'],
    [{ a: 1 }, 'contains neither text nor a number. Map another value into it.'],
    [[{ a: 1 }], 'contains neither text nor a number. Map another value into it.'],
  ])('is refused if the field contains %j', (value, problem) => {
    expect(() => textIn(value)).toThrow(new InvalidValue(problem));
  });
});

it('an input whose mapped value is empty fails, unless the input only adds a detail', async () => {
  const read = (input: typeof topic) => {
    const run = runWith({ topic: '' });
    run.bundle.inputDataRaw = { topic: '{{1__topic}}' };
    return InputValues.read([input], run);
  };
  expect(await failureOf(read(topic))).toMatch(
    /^The field "Topic" of this step is empty in this run, although a value/,
  );
  expect((await read(textInput('topic', { ifMappedEmpty: 'omit' }))).body()).toEqual({});
});

it('an error that is not about the value does not mention the field', async () => {
  const input = makeInput('field', {}, {}, () => Promise.reject(new Error('The server is down.')));
  expect(await failureOf(convert(input, 'x'))).toBe('The server is down.');
});

it('the time zone is read once for all inputs of a run', async () => {
  const paths: string[] = [];
  const z = directZWith(({ pathname }) => {
    paths.push(pathname);
    return { id: 1, name: 'Bristol', timezone: 'Europe/London' };
  });
  const inputData = { start: '2026-06-10 17:00', finish: '2026-06-10 18:00' };
  const run = StepRun.ofAction(z, { authData: { private_key: PRIVATE_KEY }, inputData } as unknown as Bundle);
  const values = await InputValues.read([dateTimeInput('start', {}), dateTimeInput('finish', {})], run);
  expect(values.body()).toEqual({ start: '2026-06-10T17:00:00+01:00', finish: '2026-06-10T18:00:00+01:00' });
  expect(paths).toEqual(['/api/branch/']);
});
