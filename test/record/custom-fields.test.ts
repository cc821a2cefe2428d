import { describe, expect, it } from '@jest/globals';

import { report } from '../../objects/report.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { recordWith } from '../support/app-tester.ts';
import { client } from '../../objects/client.ts';
import { compareSamples, customField, keysIn, NOTHING } from './compared-subjects.ts';

describe('custom fields', () => {
  const custom = async (extra_attrs: unknown) => {
    const entries = Object.entries(await recordWith('client_updated', { extra_attrs }));
    return Object.fromEntries(entries.filter(([key]) => key.startsWith('custom_')));
  };

  it('have keys from their machine names, and keep their values as sent', async () => {
    const values = { 'client-dob': '1993-06-23', 'How did you hear?!': '', agreed: 'True', stars: '4.50', count: 42 };
    const fields = Object.entries({ ...values, options: ['a', 'b'], where: { town: 'Bristol' }, empty: undefined });
    const expected = {
      custom_client_dob: '1993-06-23',
      custom_how_did_you_hear: '',
      custom_agreed: 'True',
      custom_stars: '4.50',
      custom_count: 42,
      custom_options: 'a, b',
      custom_where: '{"town":"Bristol"}',
      custom_empty: null,
    };
    expect(await custom(fields.map(([machine_name, value]) => ({ machine_name, value })))).toEqual(expected);
  });

  it('with a long text follow their plain text', async () => {
    const type = 'Long Textbox';
    const fields = await custom([
      { machine_name: 'lesson_report', type, value: '<p>Leo said &quot;yes&quot;.</p>' },
      { machine_name: 'homework', type, value: null },
      { machine_name: 'school', type: 'Short Textbox', value: 'Tom &amp; Sons' },
    ]);
    expect(Object.entries(fields)).toEqual([
      ['custom_lesson_report_text', 'Leo said "yes".'],
      ['custom_lesson_report', '<p>Leo said &quot;yes&quot;.</p>'],
      ['custom_homework_text', null],
      ['custom_homework', null],
      ['custom_school', 'Tom &amp; Sons'],
    ]);
  });

  it('with the word null are null in reports, and in no other records', async () => {
    const fields = [
      { machine_name: 'lesson_report', type: 'Long Textbox', value: '<p> null </p>' },
      { machine_name: 'homework', type: 'Short Textbox', value: ' null ' },
      { machine_name: 'comment', type: 'Short Textbox', value: 'null and void' },
    ];
    const rest = { custom_comment: 'null and void' };
    const expected = { custom_lesson_report_text: null, custom_lesson_report: null, custom_homework: null, ...rest };
    expect(await recordWith('report_created', { extra_attrs: fields })).toMatchObject(expected);
    expect(await recordWith('any_event', { model: 'Report', extra_attrs: fields })).toMatchObject(expected);
    expect(flattenSubject({ id: 1207, extra_attrs: fields }, report.layout)).toMatchObject(expected);
    expect(await custom(fields)).toMatchObject({
      custom_lesson_report_text: 'null',
      custom_homework: ' null ',
      ...rest,
    });
  });

  it('keep the key that another long text would have as plain text, in either order', async () => {
    const long = { machine_name: 'report', type: 'Long Textbox', value: 'A &amp; B' };
    const other = { machine_name: 'report_text', value: 'other' };
    const fields = { custom_report: 'A &amp; B', custom_report_text: 'other' };
    expect(await custom([long, other])).toEqual(fields);
    expect(await custom([other, long])).toEqual(fields);
    const two = { custom_report_text: 'A & B', custom_report: 'A &amp; B', custom_report_2: 'A &amp; B' };
    expect(await custom([long, long])).toEqual(two);
  });

  it('with the same key are numbered in order of arrival', async () => {
    const names = ['school', 'school', 'School!', '', null];
    const fields = names.map((machine_name, index) => ({ machine_name, value: Math.max(index, 1) }));
    expect(await custom([...fields, null, 'loose'])).toEqual({
      custom_school: 1,
      custom_school_2: 1,
      custom_school_3: 2,
      custom_field: 3,
      custom_field_2: 4,
      custom_field_3: 'loose',
    });
  });

  it('are also read from an object of machine names and values', async () => {
    const expected = { custom_client_dob: '1993-06-23', custom_constructor: 'x' };
    expect(await custom({ 'client-dob': '1993-06-23', constructor: 'x' })).toEqual(expected);
  });

  it.each([null, undefined, {}, []].map((none) => ({ none })))(
    'add no keys if there are none: $none',
    async ({ none }) => {
      expect(await custom(none)).toEqual({});
    },
  );
});

it('the word null in a report is an empty text', () => {
  expect(keysIn(compareSamples(report, customField('null'), customField('')))).toEqual(NOTHING);
  expect(compareSamples(report, customField('null'), customField('Good.')).changes).toMatchObject([
    { before: '', after: 'Good.' },
  ]);
  expect(keysIn(compareSamples(client, customField('null'), customField(''))).shown).toEqual(['custom_field']);
  expect(compareSamples(report, customField('Good.'), customField('null')).changes).toMatchObject([
    { before: 'Good.', after: '' },
  ]);
});
