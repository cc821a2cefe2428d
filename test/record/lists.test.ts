import { describe, expect, it } from '@jest/globals';

import { isFlat, recordWith } from '../helpers.ts';

describe('a list', () => {
  it('of people in the subject itself becomes line items under the bare plural', async () => {
    const record = await recordWith('job_updated', {
      rcrs: [
        {
          recipient: 503,
          recipient_name: 'Leo',
          paying_client: 301,
          paying_client_name: 'Priya',
          charge_rate: '42.00',
          agent: 604,
          agent_name: 'Owen',
          agent_percentage: '7.5',
        },
        { recipient: 504, recipient_name: 'Mia' },
      ],
      conjobs: [{ contractor: 402, contractor_permissions: 'edit', name: 'Hannah', pay_rate: null }],
    });
    expect(record.students).toEqual([
      {
        id: 503,
        name: 'Leo',
        client_id: 301,
        client_name: 'Priya',
        charge_rate_text: '42.00',
        charge_rate: 42,
        status_text: null,
        status: null,
        affiliate_id: 604,
        affiliate_name: 'Owen',
        affiliate_percentage: 7.5,
      },
      {
        id: 504,
        name: 'Mia',
        client_id: null,
        client_name: null,
        charge_rate_text: null,
        charge_rate: null,
        status_text: null,
        status: null,
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
    const older = { id: 1, subject: 'Maths', qual_level: 'GCSE' };
    const newer = {
      id: 1,
      contractor: { id: 402, first_name: 'Hannah' },
      subject: { id: 31, name: 'Maths', category_id: 4, category_name: 'Sciences' },
      qual_level: { id: 6, name: 'GCSE', ranking: 14 },
    };
    const skill = async (entry: object) => {
      const record = await recordWith('tutor_updated', { skills: [entry] });
      expect(record.tutor_skill_names).toBe('Maths');
      return (record.tutor_skills as Record<string, unknown>[])[0] ?? {};
    };
    expect(Object.keys(await skill(older))).toEqual(Object.keys(await skill(newer)));
    expect(await skill(older)).toMatchObject({
      id: 1,
      subject: 'Maths',
      level: 'GCSE',
      subject_id: null,
      level_id: null,
    });
    expect(await skill(newer)).toMatchObject({
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
    expect(record.tutor_qualifications).toEqual([
      {
        id: 9,
        institution: null,
        subject: 'Physics',
        qual_level: 'BSc',
        grade: null,
        year: null,
        governing_body: null,
      },
    ]);
    expect(record).toMatchObject({
      tutor_labels: [{ id: 2, name: 'A', machine_name: null, url: null }],
      tutor_label_names: 'A',
      tutor_institutions: [],
      tutor_institution_names: '',
    });
  });

  it('flattens records in its items, and turns lists in its items into text', async () => {
    const record = await recordWith('invoice_raised', {
      charges: [
        {
          payee: 'Bristol Branch',
          payer: { id: 301, last_name: 'Raman' },
          appointment: { id: 1, service: { id: 2 } },
          adhoc_charge: null,
          sales_code: '200',
          amount: '55.90000',
          rcras: [{ name: 'Leo' }, { first_name: 'Mia' }],
          odd: [{ x: 1 }],
        },
      ],
    });
    expect((record.invoice_charges as object[])[0]).toMatchObject({
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
    });
  });

  it('loses no entry that is not a record, except null', async () => {
    const record = await recordWith('client_updated', {
      labels: [{ id: 1, name: 'A' }, null, 7, 'B', true, [1]],
      received_notifications: ['invoices', 'broadcasts'],
    });
    expect(record.client_received_notifications).toBe('invoices, broadcasts');
    expect(record.client_labels).toMatchObject([
      { id: 1 },
      { id: 7 },
      { name: 'B' },
      { value: true },
      { value: '[1]' },
    ]);
    expect(record.client_label_names).toBe('A, B');
  });

  it('that equals a list before it with the same key is omitted', async () => {
    const record = await recordWith('job_updated', { rcrs: [{ recipient: 1 }], students: [{ recipient: 1 }] });
    expect(record.students).toMatchObject([{ id: 1 }]);
    expect(record).not.toHaveProperty('students_2');
  });

  it('of people may consist of a single record or name', async () => {
    expect((await recordWith('job_updated', { rcrs: { recipient: 5 } })).students).toMatchObject([{ id: 5 }]);
    expect(await recordWith('job_updated', { conjobs: 'Hannah' })).toMatchObject({ tutor_names: 'Hannah' });
  });

  it('becomes JSON text if its items share so few keys that filling the gaps would take too much memory', async () => {
    const charges = Array.from({ length: 3000 }, (_, index) => ({ [`key${index}`]: index }));
    const record = await recordWith('invoice_raised', { charges });
    expect(typeof record.invoice_charges).toBe('string');
    expect(isFlat(record)).toBe(true);
  });
});
