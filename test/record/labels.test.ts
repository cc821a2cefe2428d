import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { fieldLabelOf, itemFieldLabelOf } from '../../src/record/field-labels.ts';
import { itemLabelOf, labelOf } from '../../src/record/labels.ts';
import { outputFieldsOf, type OutputField } from '../../src/record/output-fields.ts';
import { webhookTriggers } from '../../triggers/index.ts';

describe('labelOf', () => {
  it.each([
    ['job_name', 'Job Name'],
    ['client_id', 'Client ID'],
    ['invoice_still_to_pay', 'Invoice Still to Pay'],
    ['job_net_gross', 'Job Net or Gross'],
    ['job_extra_fee_per_lesson', 'Job Extra Fee per Lesson'],
    ['x', 'X'],
    // URLs for programs are distinguished from URLs for people.
    ['client_url', 'Client API URL'],
    ['actor_url', 'Done By API URL'],
    ['invoice_pdf_url', 'Invoice PDF URL (Expires)'],
    ['client_photo', 'Client Photo'],
    // Moments
    ['created', 'Created At'],
    ['job_created', 'Job Created At'],
    ['report_dt_created', 'Report Created At'],
    ['client_date_created', 'Client Created At'],
    ['task_due_dt', 'Task Due At'],
    ['job_latest_lesson_ad_hoc_charge', 'Job Latest Lesson or Charge At'],
    ['lesson_start', 'Lesson Start'],
    ['client_created_by', 'Client Created By'],
    // The words of people
    ['lesson_when', 'Lesson Date and Time'],
    ['lesson_duration_minutes', 'Lesson Duration in Minutes'],
    ['event_timestamp', 'Event Date and Time'],
    ['task_admin_name', 'Task Assigned To Name'],
    // The words of a custom field are the agency's own.
    ['custom_photo_url', 'Custom Photo URL'],
    ['custom_actor_created', 'Custom Actor Created'],
  ])('labels %j as %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });
});

describe('itemLabelOf', () => {
  it.each([
    ['students', 'name', 'Student Name'],
    ['students', 'client_name', 'Student Client Name'],
    ['tutor_skills', 'level', 'Tutor Skill Level'],
    ['tutor_skills', 'subject_id', 'Tutor Skill Subject ID'],
    ['tutor_skills', 'tutor_name', 'Skill Tutor Name'],
    ['invoice_charges', 'ad_hoc_charge_description', 'Invoice Item Ad Hoc Charge Description'],
    ['credit_request_items', 'custom_description', 'Credit Request Item Description'],
    ['client_labels', 'url', 'Client Label API URL'],
  ])('labels %s[]%s as %j', (listKey, itemKey, label) => {
    expect(itemLabelOf(listKey, itemKey)).toBe(label);
  });
});

describe('the labels of the fields of a record', () => {
  it.each<[fact: string, keys: string[], labels: string[]]>([
    [
      'a time has a text with the plain label, and other forms that say what they are',
      ['lesson_start_text', 'lesson_start', 'lesson_start_date', 'lesson_start_time'],
      ['Lesson Start', 'Lesson Start (ISO)', 'Lesson Start (Date)', 'Lesson Start (Time)'],
    ],
    [
      'the text of an amount has the plain label',
      ['invoice_gross_text', 'invoice_gross'],
      ['Invoice Gross Amount', 'Invoice Gross Amount (Number)'],
    ],
    [
      'the text of a status has the plain label',
      ['lesson_status_text', 'lesson_status'],
      ['Lesson Status', 'Lesson Status (Code)'],
    ],
    ['plain text has the plain label', ['note_text_text', 'note_text'], ['Note Text', 'Note Text (As Sent)']],
    ['a time without a text says what it is', ['job_last_updated'], ['Job Last Updated At (ISO)']],
    [
      'a value without other forms has the plain label',
      ['lesson_topic', 'lesson_when', 'note_text', 'task_due_date'],
      ['Lesson Topic', 'Lesson Date and Time', 'Note Text', 'Task Due Date'],
    ],
    [
      'an international phone number says so',
      ['client_mobile', 'client_mobile_international'],
      ['Client Mobile', 'Client Mobile (International)'],
    ],
    [
      'units say what a unit is',
      ['lesson_units', 'job_review_units'],
      ['Lesson Units (Hours, or 1 per One-Off)', 'Job Hours Before Review Request'],
    ],
    ['a photo is a URL', ['client_photo'], ['Client Photo URL']],
  ])('%s', (_fact, keys, labels) => {
    expect(keys.map((key) => fieldLabelOf(key, new Set(keys)))).toEqual(labels);
  });

  it('have their notes in line items as well', () => {
    const keys = new Set(['amount_text', 'amount']);
    const labels = ['Invoice Item Amount', 'Invoice Item Amount (Number)'];
    expect([...keys].map((key) => itemFieldLabelOf('invoice_charges', key, keys))).toEqual(labels);
  });
});

const API_WORD =
  /\b(services?|contractors?|recipients?|agents?|appointments?|tenders?|apts?|srs?|rcrs?|rcras?|cjas?|conjobs?|ahcs?|adhoc|dft|proforma)\b/i;

/** Words of the API that have no meaning, or another meaning, for people who know only TutorCruncher's screens. */
const MACHINE_WORD =
  /\b(actor|conflict|custom|display|dt|focus|forex|gross net|index|machine|payload|ranking|repeater|role|slug|sort|timezone|when)\b/i;

/** Fields of all triggers, and of objects that only New Event is about. */
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
