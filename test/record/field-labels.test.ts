import { describe, expect, it } from '@jest/globals';

import { fieldLabelOf, itemFieldLabelOf } from '../../src/record/field-labels.ts';

describe('the plain label', () => {
  const labelsOf = (...keys: string[]) => keys.map((key) => fieldLabelOf(key, new Set(keys)));

  it('belongs to the text of a time, and the other forms say what they are', () => {
    const keys = ['lesson_start_text', 'lesson_start', 'lesson_start_date', 'lesson_start_time'];
    const labels = ['Lesson Start', 'Lesson Start (ISO)', 'Lesson Start (Date)', 'Lesson Start (Time)'];
    expect(labelsOf(...keys)).toEqual(labels);
  });

  it('belongs to the text of an amount, a status or a text with HTML', () => {
    expect(labelsOf('invoice_gross_text', 'invoice_gross')).toEqual([
      'Invoice Gross Amount',
      'Invoice Gross Amount (Number)',
    ]);
    expect(labelsOf('lesson_status_text', 'lesson_status')).toEqual(['Lesson Status', 'Lesson Status (Code)']);
    expect(labelsOf('note_text_text', 'note_text')).toEqual(['Note Text', 'Note Text (As Sent)']);
  });

  it('does not belong to a time without a text', () => {
    expect(labelsOf('job_last_updated')).toEqual(['Job Last Updated At (ISO)']);
  });

  it('belongs to a value that has no other form', () => {
    expect(labelsOf('lesson_topic', 'lesson_when', 'note_text', 'task_due_date')).toEqual([
      'Lesson Topic',
      'Lesson Date and Time',
      'Note Text',
      'Task Due Date',
    ]);
  });
});

describe('a note in a label', () => {
  it('tells an international phone number, and what a unit is', () => {
    const keys = new Set(['client_mobile', 'client_mobile_international', 'lesson_units', 'job_review_units']);
    expect([...keys].map((key) => fieldLabelOf(key, keys))).toEqual([
      'Client Mobile',
      'Client Mobile (International)',
      'Lesson Units (Hours, or 1 per One-Off)',
      'Job Hours Before Review Request',
    ]);
  });

  it('tells that a photo is a URL', () => {
    expect(fieldLabelOf('client_photo', new Set(['client_photo']))).toBe('Client Photo URL');
  });

  it('follows the label of a line item', () => {
    const keys = new Set(['amount_text', 'amount']);
    expect([...keys].map((key) => itemFieldLabelOf('invoice_charges', key, keys))).toEqual([
      'Invoice Item Amount',
      'Invoice Item Amount (Number)',
    ]);
  });
});
