import { describe, expect, it } from '@jest/globals';

import { chargedStudentNames } from '../../src/record/line-items.ts';
import { recordWith } from '../support/app-tester.ts';
import { isFlat } from '../support/record-forms.ts';

describe('a list', () => {
  it('of people in the subject itself becomes line items under the bare plural', async () => {
    const leo = { recipient: 503, recipient_name: 'Leo', paying_client: 301, paying_client_name: 'Priya' };
    const record = await recordWith('job_updated', {
      rcrs: [
        { ...leo, charge_rate: '42.00', agent: 604, agent_name: 'Owen', agent_percentage: '7.5' },
        { recipient: 504, recipient_name: 'Mia' },
      ],
      conjobs: [{ contractor: 402, contractor_permissions: 'edit', name: 'Hannah', pay_rate: null }],
    });
    const unknown = { charge_rate_text: null, charge_rate: null, status_text: null, status: null };
    expect(record.students).toEqual([
      {
        ...unknown,
        id: 503,
        name: 'Leo',
        client_id: 301,
        client_name: 'Priya',
        charge_rate_text: '42.00',
        charge_rate: 42,
        affiliate_id: 604,
        affiliate_name: 'Owen',
        affiliate_percentage: 7.5,
      },
      {
        ...unknown,
        id: 504,
        name: 'Mia',
        client_id: null,
        client_name: null,
        affiliate_id: null,
        affiliate_name: null,
        affiliate_percentage: null,
      },
    ]);
    expect(record.tutors).toMatchObject([
      { id: 402, name: 'Hannah', pay_rate: null, permissions_text: 'Edit Lessons', permissions: 'edit' },
    ]);
    expect(record).toMatchObject({ student_names: 'Leo, Mia', tutor_names: 'Hannah' });
  });

  it('of skills has the same item keys in both shapes', async () => {
    const skill = async (entry: object) => {
      const { tutor_skill_names, tutor_skills } = await recordWith('tutor_updated', { skills: [entry] });
      expect(tutor_skill_names).toBe('Maths');
      return (tutor_skills as Record<string, unknown>[])[0] ?? {};
    };
    const older = await skill({ id: 1, subject: 'Maths', qual_level: 'GCSE' });
    const newer = await skill({
      id: 1,
      contractor: { id: 402, first_name: 'Hannah' },
      subject: { id: 31, name: 'Maths', category_id: 4, category_name: 'Sciences' },
      qual_level: { id: 6, name: 'GCSE', ranking: 14 },
    });
    expect(Object.keys(older)).toEqual(Object.keys(newer));
    expect(older).toMatchObject({ id: 1, subject: 'Maths', level: 'GCSE', subject_id: null, level_id: null });
    expect(newer).toMatchObject({
      subject: 'Maths',
      level: 'GCSE',
      subject_id: 31,
      subject_category: 'Sciences',
      level_id: 6,
      tutor_id: 402,
      tutor_name: 'Hannah',
      subject_category_id: 4,
      level_ranking: 14,
    });
  });

  it('of records other than people has the prefix of the record, and qualifications keep their field names', async () => {
    const record = await recordWith('tutor_updated', {
      qualifications: [{ id: 9, subject: 'Physics', qual_level: 'BSc' }],
      labels: [{ id: 2, name: 'A' }],
      institutions: [],
    });
    const qualification = { id: 9, institution: null, subject: 'Physics', qual_level: 'BSc' };
    expect(record).toMatchObject({
      tutor_qualifications: [{ ...qualification, grade: null, year: null, governing_body: null }],
      tutor_labels: [{ id: 2, name: 'A', machine_name: null, url: null }],
      tutor_label_names: 'A',
      tutor_institutions: [],
      tutor_institution_names: '',
    });
  });

  it('flattens records in its items, and turns lists in its items into text', async () => {
    const charge = {
      payee: 'Bristol Branch',
      payer: { id: 301, last_name: 'Raman' },
      sales_code: '200',
      amount: '55.90000',
      appointment: { id: 1, service: { id: 2 } },
      adhoc_charge: null,
      rcras: [{ name: 'Leo' }, { first_name: 'Mia' }],
      odd: [{ x: 1 }],
    };
    expect((await recordWith('invoice_raised', { charges: [charge] })).invoice_charges).toMatchObject([
      {
        payee_name: 'Bristol Branch',
        payer_id: 301,
        payer_name: 'Raman',
        lesson_id: 1,
        job_id: 2,
        ad_hoc_charge_id: null,
        sales_code: '200',
        amount: 55.9,
        students: 'Leo, Mia',
        odd: '[{"x":1}]',
      },
    ]);
  });

  it('loses no entry that is not a record, except null', async () => {
    const labels = [{ id: 1, name: 'A' }, null, 7, 'B', true, [1]];
    const received_notifications = ['invoices', 'broadcasts'];
    expect(await recordWith('client_updated', { labels, received_notifications })).toMatchObject({
      client_received_notifications: 'invoices, broadcasts',
      client_labels: [{ id: 1 }, { id: 7 }, { name: 'B' }, { value: true }, { value: '[1]' }],
      client_label_names: 'A, B',
    });
  });

  it('that equals a list before it with the same key is omitted', async () => {
    const record = await recordWith('job_updated', { rcrs: [{ recipient: 1 }], students: [{ recipient: 1 }] });
    expect(record.students).toMatchObject([{ id: 1 }]);
    expect(record).not.toHaveProperty('students_2');
  });

  it('of people may consist of a single record or name', async () => {
    const record = await recordWith('job_updated', { rcrs: { recipient: 5 }, conjobs: 'Hannah' });
    expect(record).toMatchObject({ students: [{ id: 5 }], tutor_names: 'Hannah' });
  });

  it('becomes JSON text if its items share so few keys that filling the gaps would take too much memory', async () => {
    const charges = Array.from({ length: 3000 }, (_, index) => ({ [`key${index}`]: index }));
    const record = await recordWith('invoice_raised', { charges });
    expect(typeof record.invoice_charges).toBe('string');
    expect(isFlat(record)).toBe(true);
  });

  it('becomes JSON text if the lists before it have needed most of this memory', async () => {
    const ragged = Array.from({ length: 600 }, (_, index) => ({ [`key${index}`]: index }));
    const record = await recordWith('lesson_updated', { one: ragged, other: ragged });
    expect(record.lesson_one).toHaveLength(600);
    expect(typeof record.lesson_other).toBe('string');
  });
});

describe('the student names of an invoice', () => {
  it('are the names of the students of its charges and of their lessons, each once', async () => {
    const lessonOf = (recipient: number, recipient_name: string) => ({ id: 1, rcras: [{ recipient, recipient_name }] });
    const charges = [
      { amount: '63.00', service_recipient: { id: 503, first_name: 'Leo', last_name: 'Raman' } },
      { amount: '20.00', appointment: lessonOf(504, 'Mia Raman') },
      { amount: '20.00', appointment: lessonOf(503, 'Leo Raman') },
    ];
    expect(await recordWith('invoice_raised', { charges })).toMatchObject({ student_names: 'Leo Raman, Mia Raman' });
  });

  it('are null if the charges have none', () => {
    const lists = [[], [{ amount: '63.00', appointment: { id: 1 } }], [null, 7, { service_recipient: 'Leo' }]];
    expect(lists.map(chargedStudentNames)).toEqual([null, null, null]);
  });
});
