import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import { layoutOf } from '../../src/record/key-order.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';
import { inOlderShape } from '../support/record-forms.ts';
import { compare, linesOf, changesOf, changesFrom } from './compared-subjects.ts';

describe('the changes of a subject', () => {
  it('have a line for messages, with statuses, amounts and texts as people write them', () => {
    const lines = (object: TutorCruncherObject, before: JsonObject, after: JsonObject) =>
      compare(object, before, after, true).changes.map(({ line }) => line);
    expect(
      lines(client, { status: 'live', invoice_balance: '-84.00' }, { status: 'dormant', invoice_balance: 0 }),
    ).toEqual(['Client Status: Live → Dormant', 'Client Invoice Balance: -£84.00 → £0.00']);
    expect(lines(lesson, { topic: '' }, { topic: 'Maths' })).toEqual(['Lesson Topic: (empty) → Maths']);
    expect(lines(client, { labels: [{ id: 1, name: 'A' }] }, { labels: [] })).toEqual([
      'Client Label Names: A → (empty)',
    ]);
    const report = (value: string) => ({
      extra_attrs: [{ machine_name: 'text', name: 'Text', type: 'Long Textbox', value }],
    });
    expect(lines(client, report('R&amp;D'), report('<p>Art</p>'))).toEqual(['Text: R&D → Art']);
  });

  it('have the label of the field, and times in the time zone of the Zap, with the offset of a time that occurs twice', () => {
    const after = { start: '2026-10-25T01:30:00Z', finish: '2026-10-25T02:30:00Z' };
    expect(changesOf(lesson, { start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' }, after)).toEqual([
      'Lesson Start: Wed 10 Jun 2026, 17:00 → Sun 25 Oct 2026, 01:30 GMT',
      'Lesson Finish: Wed 10 Jun 2026, 18:30 → Sun 25 Oct 2026, 02:30',
    ]);
    expect(changesOf(lesson, { start: '2026-10-25T00:30:00Z' }, { start: after.start })).toEqual([
      'Lesson Start: Sun 25 Oct 2026, 01:30 GMT+1 → Sun 25 Oct 2026, 01:30 GMT',
    ]);
  });

  it('omit names that are joined from first and last names, at any depth', () => {
    const admin = { id: 12, first_name: 'Sam', last_name: 'Mercer', email: 'sam.mercer@example.com' };
    expect(changesOf(client, { last_name: 'Patel' }, { associated_admin: admin })).toEqual([
      'Client Last Name: Patel → Raman',
      'Client Manager First Name: Dana → Sam',
      'Client Manager Email: dana.mercer@example.com → sam.mercer@example.com',
      'Client Manager ID: 11 → 12',
    ]);
  });

  it('omit addresses that are joined from their parts, but not addresses that TutorCruncher sends', () => {
    expect(changesOf(client, { town: 'Bath' })).toEqual(['Client Town: Bath → Bristol']);
    const location = { id: 81, name: 'Garden Room', address: '9 Mill Lane, Bristol' };
    expect(changesOf(lesson, { location })).toEqual([
      'Lesson Location Address: 9 Mill Lane, Bristol → 8 Mill Lane, Bristol',
    ]);
  });

  it('follow the order of records, with fields unknown to this version after the others', () => {
    expect(changesOf(lesson, { a_new_field: 1, units: '1.0', topic: 'Graphs' }, { a_new_field: 2 })).toEqual([
      'Lesson Topic: Graphs → Quadratic equations',
      'Lesson Units: 1 → 1.5',
      'Lesson A New Field: 1 → 2',
    ]);
  });

  it('do not depend on the shape of a person', () => {
    const older = inOlderShape(client.sample).subject;
    expect(linesOf(compare(client, older, client.sample.subject))).toEqual([]);
    expect(linesOf(compare(client, older, { ...client.sample.subject, town: 'Bath' }))).toEqual([
      'Client Town: Bristol → Bath',
    ]);
  });

  it('have keys even if the model is unknown', () => {
    const layout = layoutOf('gift_voucher', {});
    expect(compare({ layout }, { id: 7, cost: '10.00' }, { id: 7, cost: 12 }).changes).toMatchObject([
      { key: 'gift_voucher_cost', field: 'Gift Voucher Cost', before: '10', after: '12' },
    ]);
  });
});

describe('a field that only one state has', () => {
  it('is not a change', () => {
    expect(linesOf(compare(client, { id: 301, title: 'Mrs' }, { id: 301, email: 'a@example.com' }))).toEqual([]);
    expect(linesOf(compare(client, client.sample.subject, { id: 301, last_name: 'Patel' }))).toEqual([
      'Client Last Name: Raman → Patel',
    ]);
  });

  it.each<[object: TutorCruncherObject, before: JsonObject, ...changes: string[]]>([
    [client, { pipeline_stage: { id: 3, name: 'First lesson booked' } }],
    [client, { associated_admin: 'Dana Mercer' }],
    ...[705, '705', 'GCSE Maths for Leo'].map((service): [typeof lesson, JsonObject] => [lesson, { service }]),
    [lesson, { service: 719 }, 'Job ID: 719 → 705'],
    [lesson, { service: 'Physics' }, 'Job Name: Physics → GCSE Maths for Leo'],
  ])('is not a change if one state contains only some fields, the id or the name of a record: %#', (...row) => {
    const [object, before, ...changes] = row;
    expect(changesOf(object, before)).toEqual(changes);
  });

  it('is not a change between shapes that cannot be compared', () => {
    expect(changesOf(lesson, { service: 719 }, { service: 'Physics' })).toEqual([]);
    expect(changesOf(lesson, { topic: 'Weekend' }, { topic: [] })).toEqual([]);
    expect(changesOf(lesson, { topic: { id: 3 } }, { topic: [{ id: 4 }] })).toEqual([]);
    expect(changesOf(lesson, { topic: { id: 3 } }, { topic: 3 })).toEqual([]);
    // A list of texts becomes a text, and a list of records becomes line items. A text and line items cannot be
    // compared.
    expect(changesOf(lesson, { topic: ['Maths'] }, { topic: [{ id: 4 }] })).toEqual([]);
    expect(changesOf(lesson, { topic: [{ id: 4 }] }, { topic: ['Maths'] })).toEqual([]);
  });
});

describe('null', () => {
  it('equals an empty text and an empty list', () => {
    expect(changesFrom(null, '')).toEqual([]);
    expect(changesOf(client, { labels: null }, { labels: [] })).toEqual([]);
    expect(changesOf(client, { received_notifications: [] }, { received_notifications: null })).toEqual([]);
  });

  it('differs from a value, and becomes an empty text', () => {
    expect(changesFrom(null, 'Mrs')).toEqual(['Client Title:  → Mrs']);
    expect(changesFrom('Tom &amp; Ana', 'Tom &amp; Jo')).toEqual(['Client Title: Tom &amp; Ana → Tom &amp; Jo']);
    expect(changesFrom('Mrs', '')).toEqual(['Client Title: Mrs → ']);
    expect(changesOf(tutor, { default_rate: null }, { default_rate: 0 })).toEqual(['Tutor Default Rate:  → 0']);
    expect(changesOf(client, { is_taxable: null }, { is_taxable: false })).toEqual(['Client Is Taxable:  → false']);
  });

  it('that replaces a record differs from the record in all its fields, except those for programs', () => {
    expect(changesOf(client, { pipeline_stage: null })).toEqual([
      'Client Pipeline Stage Name:  → First lesson booked',
      'Client Pipeline Stage ID:  → 3',
    ]);
    expect(changesOf(lesson, {}, { location: '' })).toHaveLength(6);
  });
});

describe('a custom field', () => {
  const field = (value: unknown, more: JsonObject = {}): JsonObject => ({
    extra_attrs: [{ id: 1, machine_name: 'exam_board', name: 'Exam Board (GCSE)', type: 'Dropdown', value, ...more }],
  });

  it.each<[before: JsonObject, after: JsonObject, ...changes: string[]]>([
    [field('AQA'), field('OCR'), 'Exam Board (GCSE): AQA → OCR'],
    [field('2026-06-10'), field('2026-06-11'), 'Exam Board (GCSE): 2026-06-10 → 2026-06-11'],
    [field('AQA', { name: 'Board' }), field('OCR', { name: 'Exam Board' }), 'Exam Board: AQA → OCR'],
    [field('AQA'), { extra_attrs: { exam_board: 'OCR' } }, 'Custom Exam Board: AQA → OCR'],
    [field(['Maths', 'English']), field(['Maths']), 'Exam Board (GCSE): Maths, English → Maths'],
    [field(null), field('')],
    [field('4.50'), field(4.5)],
    [field(['Maths', 'English']), field(['English', 'Maths'])],
    [{ extra_attrs: [] }, field('OCR')],
    [{}, field('OCR')],
    [field('AQA'), { extra_attrs: null }],
  ])('has its label and its values as sent, and is unchanged if they are equal or missing: %#', (...row) => {
    const [before, after, ...changes] = row;
    expect(changesOf(client, before, after)).toEqual(changes);
  });
});

describe('the labels that were added and removed', () => {
  const labelsOf = (before: unknown, after: unknown): [unknown, unknown] => {
    const { addedLabels, removedLabels } = compare(job, { id: 1, labels: before }, { id: 1, labels: after });
    return [addedLabels?.map(({ id }) => id) ?? null, removedLabels?.map(({ id }) => id) ?? null];
  };

  it('are the labels whose ids only one state has', () => {
    expect(labelsOf([{ id: 21, name: 'A' }], [{ id: 21, name: 'B' }, { id: 22 }])).toEqual([[22], []]);
    expect(labelsOf([{ id: 21 }], [{ id: 22 }])).toEqual([[22], [21]]);
    expect(labelsOf([21, 22], [{ id: '22' }])).toEqual([[], [21]]);
    expect(labelsOf(null, [{ id: 21 }])).toEqual([[21], []]);
    expect(labelsOf([{ name: 'A' }], [{ name: 'B' }])).toEqual([[undefined], [undefined]]);
  });

  it('are unknown if one state does not contain labels', () => {
    expect(compare(job, { id: 1 }, { id: 1, labels: [] })).toMatchObject({ addedLabels: null, removedLabels: null });
    expect(compare(job, { id: 1, labels: [] }, { id: 1 })).toMatchObject({ addedLabels: null, removedLabels: null });
  });
});

it('the earlier values are those of the previous state, whether or not the later state has them', () => {
  const { earlier } = compare(client, client.sample.subject, { id: 301 });
  const keys = ['client_status', 'client_pipeline_stage_name', 'client_pipeline_stage_id'];
  expect(keys.map((key) => earlier[key])).toEqual(['live', 'First lesson booked', 3]);
});

describe('a field that cannot be compared', () => {
  it('is a list of people that is null in one state and missing in the other', () => {
    const { uncomparedKeys } = compare(lesson, { id: 1, rcras: null, topic: 'A' }, { id: 1, topic: 'B' });
    expect([...uncomparedKeys()]).toEqual(['student_names']);
  });

  it('is a custom field that only one state has', () => {
    const fields = (...names: string[]) => ({
      id: 1,
      extra_attrs: names.map((machine_name) => ({ machine_name, value: names.length })),
    });
    const { uncomparedKeys } = compare(client, fields('school'), fields('school', 'year'));
    expect([...uncomparedKeys()]).toEqual(['custom_year']);
  });
});
