import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
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
    ['id', 'ID'],
    ['x', 'X'],
  ])('labels %j as %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  it.each([
    ['client_url', 'Client API URL'],
    ['actor_url', 'Done By API URL'],
    ['invoice_pdf_url', 'Invoice PDF URL (Expires)'],
    ['client_photo', 'Client Photo'],
  ])('distinguishes URLs for programs from URLs for people: %j is %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  it.each([
    ['created', 'Created At'],
    ['job_created', 'Job Created At'],
    ['report_dt_created', 'Report Created At'],
    ['client_date_created', 'Client Created At'],
    ['task_due_dt', 'Task Due At'],
    ['job_latest_lesson_ad_hoc_charge', 'Job Latest Lesson or Charge At'],
    ['lesson_start', 'Lesson Start'],
    ['client_created_by', 'Client Created By'],
  ])('names the moment in %j: %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  it.each([
    ['lesson_when', 'Lesson Date and Time'],
    ['lesson_duration_minutes', 'Lesson Duration in Minutes'],
    ['event_timestamp', 'Event Date and Time'],
    ['client_address', 'Client Address'],
    ['note_text', 'Note Text'],
    ['task_admin_name', 'Task Assigned To Name'],
  ])('says what people call the value in %j: %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  it("leaves the words of a custom field as they are, because they are the agency's own", () => {
    expect(labelOf('custom_photo_url')).toBe('Custom Photo URL');
    expect(labelOf('custom_actor_created')).toBe('Custom Actor Created');
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

const API_WORD =
  /\b(services?|contractors?|recipients?|agents?|appointments?|tenders?|apts?|srs?|rcrs?|rcras?|cjas?|conjobs?|ahcs?|adhoc|dft|proforma)\b/i;

/** Words of the API that have no meaning, or another meaning, for people who know only TutorCruncher's screens. */
const MACHINE_WORD =
  /\b(actor|conflict|custom|display|dt|focus|forex|gross net|index|machine|payload|ranking|repeater|role|slug|sort|timezone|when)\b/i;

/** Fields of all triggers, and of objects that only New Event is about. */
const SHAPES: [name: string, fields: readonly OutputField[]][] = [
  ...webhookTriggers.map(({ definition, outputFields }): [string, readonly OutputField[]] => [
    definition.key,
    outputFields,
  ]),
  ...objects.map(({ word, outputFields }): [string, readonly OutputField[]] => [`the object ${word}`, outputFields]),
];

/** Returns the words that a label contains twice, in the singular or the plural. */
function doubledWords(label: string): string[] {
  const words = label.toLowerCase().split(' ');
  const singular = words.map((word) => word.replace(/s$/, ''));
  return singular.filter((word, index) => singular.indexOf(word) !== index);
}

describe('a doubled word', () => {
  it('is found in any position', () => {
    expect(doubledWords('Tutor Skill Tutor Name')).toEqual(['tutor']);
    expect(doubledWords('Job Lessons per Lesson')).toEqual(['lesson']);
    expect(doubledWords('Tutor Names')).toEqual([]);
  });
});

describe.each(SHAPES)('the output fields of %s', (_name, outputFields) => {
  const labels = outputFields.map(({ label }) => label);

  it('have keys and labels without API words', () => {
    for (const { key, label } of outputFields) expect(`${key.replaceAll('_', ' ')} ${label}`).not.toMatch(API_WORD);
  });

  it('have labels without machine words', () => {
    expect(labels.filter((label) => MACHINE_WORD.test(label))).toEqual([]);
  });

  it('have labels that contain no word twice', () => {
    expect(labels.filter((label) => doubledWords(label).length > 0)).toEqual([]);
  });

  it('have labels of at most 64 characters', () => {
    expect(labels.filter((label) => label.length > 64)).toEqual([]);
  });

  it('have different labels', () => {
    expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
  });

  it('label only URLs of the API as API URLs', () => {
    for (const { key, label } of outputFields) {
      const isApiUrl = /(^|_|\[\])url$/.test(key) && !key.endsWith('_pdf_url');
      expect([key, label.endsWith('API URL')]).toEqual([key, isApiUrl]);
    }
  });
});

describe('the label of an event id', () => {
  it('distinguishes it from the ids of objects', () => {
    expect(outputFieldsOf({ id: 'x' })[0]?.label).toBe('Event ID');
  });
});
