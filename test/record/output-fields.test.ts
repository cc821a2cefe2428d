/** The labels, suffixes and types of output fields. */

import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import {
  fieldLabelOf,
  itemFieldLabelOf,
  outputFieldsOf,
  typeOf,
  type OutputField,
} from '../../src/record/output-fields.ts';
import { webhookTriggers } from '../../triggers/index.ts';

describe('the label of a field', () => {
  it.each([
    ['visit_start_text visit_start visit_start_date', 'Visit Start, Visit Start (ISO), Visit Start (Date)'],
    ['visit_gross_text visit_gross', 'Visit Gross, Visit Gross (Number)'],
    ['visit_last_updated', 'Visit Last Updated At (ISO)'],
    ['visit_mobile visit_mobile_international', 'Visit Mobile, Visit Mobile (International)'],
    ['visit_topic visit_due_date visit_photo', 'Visit Topic, Visit Due Date, Visit Photo URL'],
    ['visit_units', 'Visit Units (Hours, or 1 per One-Off)'],
  ])('has a suffix unless it is the value that people write to others: %s', (keys, labels) => {
    const all = keys.split(' ');
    expect(all.map((key) => fieldLabelOf(key, new Set(all))).join(', ')).toBe(labels);
  });

  it('has its suffix in a line item as well', () => {
    const label = itemFieldLabelOf('visit_items', 'amount', new Set(['amount_text', 'amount']));
    expect(label).toBe('Visit Item Amount (Number)');
  });
});

const API_WORD =
  /\b(services?|contractors?|recipients?|agents?|appointments?|tenders?|apts?|srs?|rcrs?|rcras?|cjas?|conjobs?|ahcs?|adhoc|dft|proforma)\b/i;

/** Matches API words that people who know only TutorCruncher's screens would not understand or would misunderstand. */
const MACHINE_WORD =
  /\b(actor|conflict|custom|display|dt|focus|forex|gross net|index|machine|payload|ranking|repeater|role|slug|sort|timezone|when)\b/i;

/** The output fields of all triggers and objects. */
const SHAPES: [name: string, fields: readonly OutputField[]][] = [
  ...webhookTriggers.map(({ definition, outputFields }): [string, typeof outputFields] => [
    definition.key,
    outputFields,
  ]),
  ...objects.map(({ word, outputFields }): [string, typeof outputFields] => [`the object ${word}`, outputFields]),
];

/** Returns true if a label contains a word twice, in the singular or the plural. */
function hasDoubledWord(label: string): boolean {
  const singulars = label.split(' ').map((word) => word.toLowerCase().replace(/s$/, ''));
  return new Set(singulars).size < singulars.length;
}

it('a doubled word is found in any position', () => {
  const labels = ['Tutor Skill Tutor Name', 'Job Lessons per Lesson', 'Tutor Names'];
  expect(labels.map(hasDoubledWord)).toEqual([true, true, false]);
});

describe.each(SHAPES)('the output fields of %s', (_name, outputFields) => {
  const labels = outputFields.map(({ label }) => label);

  it('have keys and labels without API words', () => {
    const texts = outputFields.map(({ key, label }) => `${key.replaceAll('_', ' ')} ${label}`);
    expect(texts.filter((text) => API_WORD.test(text))).toEqual([]);
  });

  it('have different labels of at most 64 characters without machine words or doubled words', () => {
    const isPoor = (label: string) => MACHINE_WORD.test(label) || hasDoubledWord(label) || label.length > 64;
    expect(labels.filter(isPoor)).toEqual([]);
    expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
  });

  it('label only URLs of the API as API URLs', () => {
    const isApiUrl = (key: string) => /(^|_|\[\])url$/.test(key) && !key.endsWith('_pdf_url');
    expect(outputFields.filter(({ key, label }) => label.endsWith('API URL') !== isApiUrl(key))).toEqual([]);
  });
});

it('the label of an event id distinguishes it from the ids of objects', () => {
  expect(outputFieldsOf({ id: 'x' })[0]?.label).toBe('Event ID');
});

describe('typeOf', () => {
  it.each([
    [1, 'number'],
    [false, 'boolean'],
    [null, 'string'],
    ['a', 'string'],
    ['2026-06-10T18:05:00Z', 'datetime'],
    ['2026-06-10T18:05:00.123456+01:00', 'datetime'],
    ['2026-06-10T18:05:00', 'string'],
    ['2026-06-10', 'string'],
    ['On 2026-06-10T18:05:00Z', 'string'],
    ['2026-06-10T18:05:00Z or so', 'string'],
  ])('returns for %j the type %j', (value, type) => {
    expect(typeOf(value)).toBe(type);
  });
});

it('the type of a field fits its key if the sample has no value: a file, a date-time, or else a text', () => {
  const fields = outputFieldsOf({ invoice_pdf: null, invoice_date_paid: null, invoice_status: null });
  expect(fields.map(({ type }) => type)).toEqual(['file', 'datetime', 'string']);
});
