import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { client } from '../../objects/client.ts';
import { invoice } from '../../objects/invoice.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { packageObject } from '../../objects/package.ts';
import { tutor } from '../../objects/tutor.ts';
import { compareSubjects, type Comparison } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE, type Locale } from '../../src/record/locale.ts';
import { NO_LAYOUT } from '../../src/record/placement.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import { asInWebhooks, type TutorCruncherObject } from '../../src/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';
import { inOlderShape } from '../helpers.ts';

const inZone = (name: string): Locale => ({
  ...NEUTRAL_LOCALE,
  timeZone: timeZoneNamed(name) ?? UTC,
  currencySign: '£',
});
const LONDON = inZone('Europe/London');

function compare(
  { layout }: Pick<TutorCruncherObject, 'layout'>,
  earlier: JsonObject,
  later: JsonObject,
  hasBalances = false,
): Comparison {
  return compareSubjects(earlier, later, { layout, locale: LONDON, hasBalances });
}

/** Returns the changes between two states as text. */
const linesOf = ({ changes }: Comparison): string[] =>
  changes.map(({ field, before, after }) => `${field}: ${before} → ${after}`);

/**
 * Returns the changes between two versions of a sample subject, given the fields in which each version differs from the
 * sample.
 */
const changesOf = (object: TutorCruncherObject, before: JsonObject, after: JsonObject = {}): string[] =>
  linesOf(compare(object, { ...object.sample.subject, ...before }, { ...object.sample.subject, ...after }));

/** Returns the changes of one field of a client. */
const changesFrom = (before: unknown, after: unknown): string[] =>
  changesOf(client, { title: before }, { title: after });

describe('the changes of a subject', () => {
  it('are none if nothing changed', () => {
    for (const object of objects) expect(changesOf(object, {})).toEqual([]);
  });

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

  it('have the label of the field, and times in the time zone of the Zap', () => {
    const before = { start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' };
    const after = { start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };
    expect(changesOf(lesson, before, after)).toEqual([
      'Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00',
      'Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30',
    ]);
  });

  it('have the offsets of times that occur twice, because clocks are turned back', () => {
    const at = (start: string) => ({ start });
    expect(changesOf(lesson, at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z'))).toEqual([
      'Lesson Start: Sun 25 Oct 2026, 01:30 GMT+1 → Sun 25 Oct 2026, 01:30 GMT',
    ]);
    expect(changesOf(lesson, at('2026-10-24T23:59:00Z'), at('2026-10-25T00:00:00Z'))).toEqual([
      'Lesson Start: Sun 25 Oct 2026, 00:59 → Sun 25 Oct 2026, 01:00 GMT+1',
    ]);
    expect(changesOf(lesson, at('2026-10-25T01:59:00Z'), at('2026-10-25T02:00:00Z'))).toEqual([
      'Lesson Start: Sun 25 Oct 2026, 01:59 GMT → Sun 25 Oct 2026, 02:00',
    ]);
    expect(changesOf(lesson, at('2026-03-29T00:30:00Z'), at('2026-03-29T01:30:00Z'))).toEqual([
      'Lesson Start: Sun 29 Mar 2026, 00:30 → Sun 29 Mar 2026, 02:30',
    ]);
  });

  it.each([
    ['America/St_Johns', '2026-11-01T04:00:00Z', 'Sun 1 Nov 2026, 01:30 GMT-2:30'],
    ['America/St_Johns', '2026-11-01T05:00:00Z', 'Sun 1 Nov 2026, 01:30 GMT-3:30'],
    ['Australia/Lord_Howe', '2026-04-04T14:45:00Z', 'Sun 5 Apr 2026, 01:45 GMT+11'],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', 'Sun 5 Apr 2026, 01:45 GMT+10:30'],
    ['Australia/Lord_Howe', '2026-04-04T15:45:00Z', 'Sun 5 Apr 2026, 02:15'],
    ['Asia/Kolkata', '2026-10-25T00:30:00Z', 'Sun 25 Oct 2026, 06:00'],
  ])('have such offsets in the time zone %s: %s', (name, start, text) => {
    const options = { layout: lesson.layout, locale: inZone(name), hasBalances: false };
    expect(compareSubjects({ id: 1, start: null }, { id: 1, start }, options).changes).toMatchObject([{ after: text }]);
  });

  it('omit names that are joined from first and last names, at any depth', () => {
    expect(changesOf(client, { last_name: 'Raman' }, { last_name: 'Patel' })).toEqual([
      'Client Last Name: Raman → Patel',
    ]);
    const admin = { id: 12, first_name: 'Sam', last_name: 'Mercer', email: 'sam.mercer@example.com' };
    expect(changesOf(client, {}, { associated_admin: admin })).toEqual([
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

  it('omit times of the last update, even in nested records', () => {
    expect(changesOf(client, { last_updated: '2020-01-01T00:00:00Z' })).toEqual([]);
    const service = { last_updated: '2020-01-01T00:00:00Z', name: 'Maths' };
    expect(changesOf(lesson, { service })).toEqual(['Job Name: Maths → GCSE Maths for Leo']);
  });

  it('omit links that are signed again for each delivery', () => {
    expect(changesOf(invoice, { pdf_url: 'https://example.com/other.pdf?signature=1' })).toEqual([]);
  });

  it.each<[TutorCruncherObject, JsonObject]>([
    [tutor, { work_done_details: { amount_owed: 1, amount_paid: 2, total_paid_hours: '3 09:00:00' } }],
    [client, { invoices_count: 1, payment_pending: '7.00' }],
    [job, { latest_apt_ahc: '2020-01-01T00:00:00Z', total_apt_units: 1 }],
    [packageObject, { times_bought: 1 }],
  ])('omit values that TutorCruncher computes: %#', (object, before) => {
    const later = { ...asInWebhooks(object, object.sample.subject), work_done_details: { amount_owed: 10 } };
    const comparison = compare(object, { ...later, ...before }, later);
    expect(comparison.changes).toEqual([]);
    expect(comparison.changedKeys.size).toBeGreaterThan(0);
  });

  it('omit API URLs, coordinates and user types, but not the colour that people give an object', () => {
    const associated_agent = { ...(client.sample.subject.associated_agent as JsonObject), role_type: 'x', url: 'x' };
    expect(changesOf(client, { latitude: '1', longitude: '2', url: 'x', associated_agent })).toEqual([]);
    expect(changesOf(job, { colour: 'Red' }, { colour: 'Blue' })).toEqual(['Job Colour: Red → Blue']);
  });

  it('contain balances only if they are requested', () => {
    const { subject } = client.sample;
    const before = { ...subject, invoice_balance: '0.00' };
    expect(linesOf(compare(client, before, subject))).toEqual([]);
    expect(linesOf(compare(client, before, subject, true))).toEqual(['Client Invoice Balance: 0 → -84']);
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
    const layout = { ...NO_LAYOUT, prefix: 'gift_voucher' };
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

  it('is not a change in a nested record either', () => {
    const pipeline_stage = { id: 3, name: 'First lesson booked' };
    expect(changesOf(client, { pipeline_stage })).toEqual([]);
  });

  it('is not a change if one state contains only the id or the name of a record', () => {
    expect(changesOf(lesson, { service: 705 })).toEqual([]);
    expect(changesOf(lesson, { service: '705' })).toEqual([]);
    expect(changesOf(lesson, { service: 'GCSE Maths for Leo' })).toEqual([]);
    expect(changesOf(lesson, { service: 719 })).toEqual(['Job ID: 719 → 705']);
    expect(changesOf(lesson, { service: 'Physics' })).toEqual(['Job Name: Physics → GCSE Maths for Leo']);
    expect(changesOf(lesson, { service: 719 }, { service: 'Physics' })).toEqual([]);
    expect(changesOf(client, { associated_admin: 'Dana Mercer' })).toEqual([]);
  });

  it.each([
    ['a list and a text', 'Weekend', []],
    ['a record and a list', { id: 3 }, [{ id: 4 }]],
    ['a record and a number, where no record belongs', { id: 3 }, 3],
  ])('is not a change between shapes that cannot be compared: %s', (_what, before, after) => {
    expect(changesOf(lesson, { topic: before }, { topic: after })).toEqual([]);
  });
});

describe('null', () => {
  it.each([
    [null, ''],
    ['', null],
    [null, '  '],
  ])('equals empty text: %j, %j', (before, after) => {
    expect(changesFrom(before, after)).toEqual([]);
  });

  it('equals an empty list', () => {
    expect(changesOf(client, { labels: null }, { labels: [] })).toEqual([]);
    expect(changesOf(client, { received_notifications: [] }, { received_notifications: null })).toEqual([]);
  });

  it('differs from a value, and becomes an empty text', () => {
    expect(changesFrom(null, 'Mrs')).toEqual(['Client Title:  → Mrs']);
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

describe('equal values in different spellings', () => {
  it.each([
    ['42.00', 42],
    ['42.00', '42'],
    ['0.00', 0],
    ['-0.00', '0'],
    [1.5, '1.50000'],
    ['2026-06-10T16:00:00Z', '2026-06-10T17:00:00.000000+01:00'],
    ['Tom &amp; Ana&#x27;s &lt;b&gt; &quot;note&quot;', 'Tom & Ana\'s <b> "note"'],
  ])('are not a change: %j, %j', (before, after) => {
    expect(changesFrom(before, after)).toEqual([]);
  });

  it.each([
    ['007', '7', '007 → 7'],
    ['0', '', '0 → '],
    ['42.00', '42.01', '42.00 → 42.01'],
    ['100', '10', '100 → 10'],
    ['12345678901234567890', '12345678901234567891', '12345678901234567890 → 12345678901234567891'],
    ['raman', 'Raman', 'raman → Raman'],
    ['Tom &amp; Ana', 'Tom &amp; Jo', 'Tom &amp; Ana → Tom &amp; Jo'],
  ])('are a change only if they differ: %j, %j', (before, after, text) => {
    expect(changesFrom(before, after)).toEqual([`Client Title: ${text}`]);
  });
});

describe('a list', () => {
  const [weekend, sibling] = client.sample.subject.labels as [JsonObject, JsonObject];

  it('is compared by the ids of its entries, in any order', () => {
    expect(changesOf(client, { labels: [sibling, weekend] })).toEqual([]);
    expect(changesOf(client, { labels: [{ id: '21' }, 22] })).toEqual([]);
    expect(changesOf(client, { labels: [weekend] })).toEqual([
      'Client Label Names: Weekend → Weekend, Sibling discount',
    ]);
  });

  it('is compared by names if the ids of one state are unknown', () => {
    const names = [{ name: sibling.name }, { name: weekend.name }];
    expect([changesOf(client, { labels: names }), changesOf(client, {}, { labels: names })]).toEqual([[], []]);
    expect(changesOf(client, { labels: [names[0]] })).toHaveLength(1);
  });

  it('is unchanged if an entry was renamed or has another value', () => {
    expect(changesOf(client, { labels: [{ ...weekend, name: 'Saturday' }, sibling] })).toEqual([]);
    const [student] = lesson.sample.subject.rcras as [JsonObject];
    expect(changesOf(lesson, { rcras: [{ ...student, charge_rate: '40.00' }] })).toEqual([]);
  });

  it('shows the names of people, and distinguishing texts for other entries', () => {
    const [student] = lesson.sample.subject.rcras as [JsonObject];
    const mia = { ...student, recipient: 504, recipient_name: 'Mia Raman' };
    expect(changesOf(lesson, {}, { rcras: [student, mia] })).toEqual([
      'Student Names: Leo Raman → Leo Raman, Mia Raman',
    ]);
    expect(changesOf(tutor, { skills: [] })).toEqual(['Tutor Skill Names:  → Maths']);
    const degree = { id: 9, institution: 'University of Bristol', subject: '', grade: '2:1' };
    expect(changesOf(tutor, { qualifications: [degree] })).toEqual([
      'Tutor Qualifications: University of Bristol → Mathematics',
    ]);
  });

  it('describes entries with equal names by their levels, or else by their ids', () => {
    const skill = (level: string) => [{ id: level.length, subject: 'Maths', qual_level: level }];
    expect(changesOf(tutor, { skills: skill('GCSE') }, { skills: skill('A Level') })).toEqual([
      'Tutor Skill Names: Maths (GCSE) → Maths (A Level)',
    ]);
    const labels = (id: number) => [{ id, name: 'Weekend' }];
    expect(changesOf(client, { labels: labels(21) }, { labels: labels(27) })).toEqual([
      'Client Label Names: Weekend (21) → Weekend (27)',
    ]);
  });

  it('describes entries without a level, an id or an amount only by their names', () => {
    const labels = (colour: string) => [{ name: 'Weekend', colour }];
    expect(changesOf(client, { labels: labels('Red') }, { labels: labels('Blue') })).toEqual([
      'Client Label Names: Weekend → Weekend',
    ]);
    const mixed = [{ name: 'Weekend' }, { id: 22, name: 'Sibling discount' }];
    expect(
      changesOf(client, { labels: [...mixed].reverse() }, { labels: [{ id: 21, name: 'Weekend' }, mixed[1]] }),
    ).toEqual(['Client Label Names: Sibling discount, Weekend → Weekend, Sibling discount']);
  });

  it('without ids is compared by the values that all entries have', () => {
    const [charge] = invoice.sample.subject.charges as [JsonObject];
    const alike = { ...charge, amount: 63, a_new_field: 1, service: { ...(charge.service as JsonObject) } };
    expect(changesOf(invoice, { charges: [alike] })).toEqual([]);
    expect(changesOf(invoice, { charges: [{ ...charge, amount: '60.00' }] })).toEqual([
      'Invoice Charges: Quadratic equations (60) → Quadratic equations (63)',
    ]);
    expect(changesOf(invoice, { charges: [charge, charge] })).toEqual([
      'Invoice Charges: Quadratic equations, Quadratic equations → Quadratic equations',
    ]);
  });

  it('of texts is compared in any order', () => {
    const received_notifications = ['apt_reminders', 'invoices', 'invoice_reminders'];
    expect(changesOf(client, { received_notifications })).toEqual([]);
    expect(changesOf(client, { received_notifications: ['invoices'] })).toEqual([
      'Client Notification Preferences: invoices → invoices, invoice_reminders, apt_reminders',
    ]);
  });
});

describe('a custom field', () => {
  const field = (value: unknown, more: JsonObject = {}): JsonObject => ({
    extra_attrs: [{ id: 1, machine_name: 'exam_board', name: 'Exam Board (GCSE)', type: 'Dropdown', value, ...more }],
  });

  it('has its label in TutorCruncher, and its values as sent', () => {
    expect(changesOf(client, field('AQA'), field('OCR'))).toEqual(['Exam Board (GCSE): AQA → OCR']);
    expect(changesOf(client, field('2026-06-10'), field('2026-06-11'))).toEqual([
      'Exam Board (GCSE): 2026-06-10 → 2026-06-11',
    ]);
    expect(changesOf(client, field('AQA', { name: 'Board' }), field('OCR', { name: 'Exam Board' }))).toEqual([
      'Exam Board: AQA → OCR',
    ]);
    expect(changesOf(client, field('AQA'), { extra_attrs: { exam_board: 'OCR' } })).toEqual([
      'Custom Exam Board: AQA → OCR',
    ]);
  });

  it('is unchanged if its values are equal, or if one state lacks it', () => {
    expect(changesOf(client, field(null), field(''))).toEqual([]);
    expect(changesOf(client, field('4.50'), field(4.5))).toEqual([]);
    expect(changesOf(client, field(['Maths', 'English']), field(['English', 'Maths']))).toEqual([]);
    expect(changesOf(client, field(['Maths', 'English']), field(['Maths']))).toEqual([
      'Exam Board (GCSE): Maths, English → Maths',
    ]);
    expect(changesOf(client, { extra_attrs: [] }, field('OCR'))).toEqual([]);
    expect(changesOf(client, {}, field('OCR'))).toEqual([]);
    expect(changesOf(client, field('AQA'), { extra_attrs: null })).toEqual([]);
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

describe('the earlier values', () => {
  it('are the values of the previous state, whether or not the later state has them', () => {
    const { earlier } = compare(client, client.sample.subject, { id: 301 });
    expect(earlier.get('client_status')).toBe('live');
    expect(earlier.get('client_pipeline_stage_name')).toBe('First lesson booked');
    expect(earlier.get('client_pipeline_stage_id')).toBe(3);
  });
});
