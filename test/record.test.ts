import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { webhookTriggers } from '../triggers/index.ts';
import { deliver, deliveryOf, isFlat, recordWith, triggerOf } from './helpers.ts';

const lesson = triggerOf('lesson_completed').sampleEvent;

describe('the head of a record', () => {
  it('has the event and its actor, in this order', async () => {
    const [record = {}] = await deliver('lesson_completed', deliveryOf(lesson));
    expect(Object.entries(record).slice(1, 10)).toEqual([
      ['event_action', 'MARKED_AN_APPOINTMENT_AS_COMPLETE'],
      ['event_description', 'Marked a Lesson as complete'],
      ['event_message', ''],
      ['event_timestamp', '2026-06-10T18:05:00.123456Z'],
      ['branch_id', 4021],
      ['actor_name', 'Hannah Whitlock'],
      ['actor_id', 402],
      ['actor_user_id', 390],
      ['actor_url', 'https://app.tutorcruncher.com/api/contractors/402/'],
    ]);
  });

  it('has an id that is made of the event alone', async () => {
    const identity = [
      4021,
      'MARKED_AN_APPOINTMENT_AS_COMPLETE',
      '2026-06-10T18:05:00.123456Z',
      'Lesson',
      9106,
      402,
      '',
    ];
    const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
    const alias = { ...lesson, subject: { ...lesson.subject, model: 'appointment', topic: 'Another' } };
    for (const event of [lesson, alias]) {
      expect((await deliver('lesson_completed', deliveryOf(event)))[0]?.id).toBe(id);
    }
    const later = { ...lesson, timestamp: '2026-06-11T00:00:00.000000Z' };
    expect((await deliver('lesson_completed', deliveryOf(later)))[0]?.id).not.toBe(id);
  });

  it('has nulls where a system action has no actor', async () => {
    const [record] = await deliver('lesson_completed', deliveryOf({ ...lesson, actor: null }));
    expect(record).toMatchObject({ actor_name: null, actor_id: null, actor_user_id: null, actor_url: null });
  });
});

describe('keys', () => {
  it('are all there, null, where TutorCruncher sends little', async () => {
    const record = await recordWith('lesson_completed', { id: 1 });
    expect(Object.keys(record)).toEqual(Object.keys(triggerOf('lesson_completed').definition.operation.sample));
    expect(record).toMatchObject({ lesson_id: 1, lesson_topic: null, students: null, student_names: null });
  });

  it("of a subject's own fields carry its word, once", async () => {
    const record = await recordWith('task_created', { task_type: 'phone', due_dt: 'x', notification_pending: true });
    expect(record).toMatchObject({ task_type: 'phone', task_due_dt: 'x', task_notification_pending: true });
    expect(record).not.toHaveProperty('task_task_type');
  });

  it("start anew where a nested record's name is an object's, at any depth", async () => {
    const record = await recordWith('report_created', {
      appointment: { id: 1, topic: 'Maths', service: { id: 2, name: 'Weekly' } },
      service_recipient: { id: 3, first_name: 'Leo', last_name: 'Raman' },
      creator: { id: 4, last_name: 'Whitlock', role_type: 'Tutor' },
    });
    expect(record).toMatchObject({
      lesson_id: 1,
      lesson_topic: 'Maths',
      job_id: 2,
      job_name: 'Weekly',
      student_id: 3,
      student_name: 'Leo Raman',
      report_creator_id: 4,
      report_creator_name: 'Whitlock',
    });
  });

  it('are made of a bare number or text where a record may stand, and of nothing where there is none', async () => {
    expect(await recordWith('lesson_updated', { service: 719, location: 'Library' })).toMatchObject({
      job_id: 719,
      job_name: null,
      lesson_location_name: 'Library',
      lesson_location_id: null,
    });
    expect(await recordWith('lesson_updated', { service: null })).not.toHaveProperty('lesson_service');
  });

  it('of fields that this version does not know come after the static ones, custom fields last', async () => {
    const record = await recordWith('lesson_updated', {
      mood: 'fine',
      extra_attrs: { level: 'A' },
      id: 1,
      agent_notes: [1, 'b', true, null],
    });
    expect(Object.entries(record).slice(-3)).toEqual([
      ['lesson_mood', 'fine'],
      ['lesson_affiliate_notes', '1, b, true'],
      ['custom_level', 'A'],
    ]);
  });

  it('with two sources hold the first value, other ones numbered', async () => {
    const record = await recordWith('ad_hoc_charge_created', {
      category: { id: 5, name: 'Books', dft_net_gross: 'net' },
      category_name: 'Materials',
      category_id: 5,
      mood: { a: { b: 1 }, 'a b': 2 },
      'mood a b': 3,
    });
    expect(record).toMatchObject({
      ad_hoc_charge_category_id: 5,
      ad_hoc_charge_category_name: 'Materials',
      ad_hoc_charge_category_name_2: 'Books',
      ad_hoc_charge_mood_a_b: 3,
      ad_hoc_charge_mood_a_b_2: 2,
      ad_hoc_charge_mood_a_b_3: 1,
    });
    expect(record).not.toHaveProperty('ad_hoc_charge_category_id_2');
  });

  it('named like what JavaScript objects inherit are keys like others', async () => {
    const subject = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "x", "toString": 2}') as object;
    const record = await recordWith('lesson_updated', { ...subject, ['__proto__']: undefined });
    expect(record).toMatchObject({ lesson_constructor: 'x', lesson_tostring: 2 });
    const [hostile] = await deliver(
      'client_updated',
      Buffer.from(
        '{"events": [{"action": "EDITED_A_CLIENT", "subject": {"model": "Client", "user": {"__proto__": 7}, ' +
          '"labels": [{"__proto__": {"x": 1}, "name": "A"}], "extra_attrs": [{"machine_name": "__proto__", "value": 1}]}}]}',
      ),
    );
    expect(hostile).toMatchObject({ client_proto: 7, custom_proto: 1, client_label_names: 'A' });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('nulls', () => {
  const nulls = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [name, name === 'model' ? inner : nulls(inner)]),
        )
      : null;

  it.each(webhookTriggers.map(({ definition }) => [definition.key] as const))(
    'in place of fields, lists and records add no key to %s',
    async (key) => {
      const { sampleEvent, definition } = triggerOf(key);
      const keys = Object.keys(definition.operation.sample);
      const flat = Object.fromEntries(Object.keys(sampleEvent.subject).map((name) => [name, null]));
      for (const subject of [flat, nulls(sampleEvent.subject) as object]) {
        const event = { ...sampleEvent, subject: { ...subject, model: sampleEvent.subject.model, user: null } };
        const [record = {}] = await deliver(key, deliveryOf(event));
        if (Object.keys(record).length === 0) throw new Error('No record.');
        expect(Object.keys(record).filter((name) => !keys.includes(name) && key !== 'any_event')).toEqual([]);
      }
    },
  );

  it('in reserved keys give way to nothing of the subject', async () => {
    const subject = { model: 'Actor', id: 9, name: 'Bob', url: 'u' };
    const [record] = await deliver('any_event', deliveryOf({ ...lesson, actor: null, subject }));
    expect(record).toMatchObject({
      actor_name: null,
      actor_id: null,
      actor_url: null,
      actor_name_2: 'Bob',
      actor_id_2: 9,
    });
  });
});

describe('names', () => {
  it('are joined for an actor, too, and where the own name is empty', async () => {
    const actor = { id: 1, first_name: 'Dana', last_name: 'Mercer' };
    const subject = { model: 'Client', name: '', first_name: 'Priya', last_name: 'Raman' };
    const [record] = await deliver('any_event', deliveryOf({ ...lesson, actor, subject }));
    expect(record).toMatchObject({
      actor_name: 'Dana Mercer',
      subject_name: 'Priya Raman',
      client_name: 'Priya Raman',
    });
    expect(record).not.toHaveProperty('client_name_2');
  });

  it('are joined of first and last name, in records and items', async () => {
    const record = await recordWith('client_created', {
      first_name: 'Priya',
      last_name: null,
      associated_admin: { first_name: ' Dana', last_name: 'Mercer ' },
      paid_recipients: [{ first_name: 'Leo', last_name: 'Raman' }],
    });
    expect(record).toMatchObject({
      client_name: 'Priya',
      client_associated_admin_name: 'Dana Mercer',
      client_paid_student_names: 'Leo Raman',
    });
  });

  it('give way to a name of its own', async () => {
    const record = await recordWith('client_created', { first_name: 'Priya', last_name: 'Raman', name: 'The Ramans' });
    expect(record).toMatchObject({ client_name: 'The Ramans', client_first_name: 'Priya' });
  });
});

describe('the older user record', () => {
  it("is the subject's own; where both speak, the flat field wins", async () => {
    const record = await recordWith('client_updated', {
      email: 'flat@example.com',
      phone: null,
      user: { email: 'nested@example.com', first_name: 'Priya', phone: '0117' },
    });
    expect(record).toMatchObject({
      client_email: 'flat@example.com',
      client_first_name: 'Priya',
      client_phone: '0117',
    });
    expect(Object.keys(record).filter((key) => /user_|_2$/.test(key))).toEqual(['actor_user_id']);
  });
});

describe('lists', () => {
  it('of people of the subject itself stand under the bare plural, as line items', async () => {
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
        charge_rate: 42,
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
        charge_rate: null,
        status: null,
        affiliate_id: null,
        affiliate_name: null,
        affiliate_percentage: null,
      },
    ]);
    expect(record.tutors).toEqual([{ id: 402, name: 'Hannah', pay_rate: null, permissions: 'edit' }]);
    expect(record).toMatchObject({ student_names: 'Leo, Mia', tutor_names: 'Hannah' });
  });

  it('of skills read the same in both shapes', async () => {
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

  it('of records carry their prefix; a qualification keeps its words', async () => {
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

  it("flatten their items' records, and the items' lists into text", async () => {
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

  it('of entries other than records lose none of them', async () => {
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

  it('that are equal are one', async () => {
    const record = await recordWith('job_updated', { rcrs: [{ recipient: 1 }], students: [{ recipient: 1 }] });
    expect(record.students).toMatchObject([{ id: 1 }]);
    expect(record).not.toHaveProperty('students_2');
  });

  it('of people take a record or a name without a list for one of one', async () => {
    expect((await recordWith('job_updated', { rcrs: { recipient: 5 } })).students).toMatchObject([{ id: 5 }]);
    expect(await recordWith('job_updated', { conjobs: 'Hannah' })).toMatchObject({ tutor_names: 'Hannah' });
  });

  it('whose items share no keys do not fill the memory with nulls', async () => {
    const charges = Array.from({ length: 3000 }, (_, index) => ({ [`key${index}`]: index }));
    const record = await recordWith('invoice_raised', { charges });
    expect(typeof record.invoice_charges).toBe('string');
    expect(isFlat(record)).toBe(true);
  });
});

describe('hostile bodies', () => {
  const quickly = async (subject: string) => {
    const body = Buffer.from(`{"events": [{"action": "EDITED_A_CLIENT", "subject": {"model": "Client", ${subject}}}]}`);
    const start = performance.now();
    const [record = {}] = await deliver('client_updated', body);
    expect(isFlat(record)).toBe(true);
    expect(performance.now() - start).toBeLessThan(3000);
    return record;
  };
  const many = (count: number, entry: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => entry(i)).join();

  it('cost no more than their size: long decimals', async () => {
    const digits = `0.${'0'.repeat(500_000)}1`;
    expect((await quickly(`"invoice_balance": "${digits}"`)).client_invoice_balance).toBe(digits);
  });

  it('cost no more than their size: long names of records and fields', async () => {
    await quickly(`"${'x'.repeat(70_000)}": {${many(5000, (i) => `"f${i}": ${i}`)}}`);
    await quickly(many(50, (i) => `"${'a_'.repeat(30_000)}${i}": ${i}`));
  });

  it('cost no more than their size: fields and custom fields of one name', async () => {
    await quickly(
      many(50_000, (i) => `"a${'!'.repeat(i % 50)}${' '.repeat(i / 50)}": ${i}`)
        .slice(0, 5_000_000)
        .replace(/,[^,]*$/, ''),
    );
    await quickly(`"extra_attrs": [${many(100_000, (i) => `{"machine_name": "x", "value": ${i}}`)}]`);
  });

  it('cost no more than their size: very long lists, and many that are ragged', async () => {
    expect(typeof (await quickly(`"labels": [${many(1_000_000, () => '{}')}]`)).client_labels).toBe('string');
    const ragged = (list: number) => `"list${list}": [${many(400, (i) => `{"k${i}": 1}`)}]`;
    await quickly(many(40, ragged));
  });
});

describe('custom fields', () => {
  const custom = async (extra_attrs: unknown) =>
    Object.fromEntries(
      Object.entries(await recordWith('client_updated', { extra_attrs })).filter(([key]) => key.startsWith('custom_')),
    );

  it('have keys of their machine names, and values as sent', async () => {
    expect(
      await custom([
        { machine_name: 'client-dob', value: '1993-06-23' },
        { machine_name: 'How did you hear?!', value: '' },
        { machine_name: 'agreed', value: 'True' },
        { machine_name: 'stars', value: '4.50' },
        { machine_name: 'count', value: 42 },
        { machine_name: 'options', value: ['a', 'b'] },
        { machine_name: 'where', value: { town: 'Bristol' } },
        { machine_name: 'empty' },
      ]),
    ).toEqual({
      custom_client_dob: '1993-06-23',
      custom_how_did_you_hear: '',
      custom_agreed: 'True',
      custom_stars: '4.50',
      custom_count: 42,
      custom_options: 'a, b',
      custom_where: '{"town":"Bristol"}',
      custom_empty: null,
    });
  });

  it('with the same name are numbered in order of arrival', async () => {
    const attr = (machine_name: unknown, value: unknown) => ({ machine_name, value });
    expect(
      await custom([
        attr('school', 1),
        attr('school', 1),
        attr('School!', 2),
        attr('', 3),
        attr(null, 4),
        null,
        'loose',
      ]),
    ).toEqual({
      custom_school: 1,
      custom_school_2: 1,
      custom_school_3: 2,
      custom_field: 3,
      custom_field_2: 4,
      custom_field_3: 'loose',
    });
  });

  it('are read from the object that is written, too', async () => {
    expect(await custom({ 'client-dob': '1993-06-23', constructor: 'x' })).toEqual({
      custom_client_dob: '1993-06-23',
      custom_constructor: 'x',
    });
  });

  it.each([[null], [undefined], [{}], [[]]])('may be missing: %j', async (extraAttrs) => {
    expect(await custom(extraAttrs)).toEqual({});
  });
});

describe('values', () => {
  it('that come as text or number are numbers', async () => {
    const record = await recordWith('ad_hoc_charge_created', {
      id: '32',
      client_cost: '-25.50',
      pay_contractor: '0',
      charge_client_forex: 1.5,
      service: { dft_charge_rate: '45.00000' },
    });
    expect(record).toMatchObject({
      ad_hoc_charge_id: 32,
      ad_hoc_charge_client_cost: -25.5,
      ad_hoc_charge_pay_tutor: 0,
      ad_hoc_charge_charge_client_forex: 1.5,
      job_default_charge_rate: 45,
    });
  });

  it.each(['1e3', '', ' 5', '0x10', '007', '1,000', '12345678901234567890', '0.12345678901234567', 'ten'])(
    'that are no plain decimal, or one that a number cannot hold, stay text: %j',
    async (amount) => {
      expect((await recordWith('credit_request_raised', { amount })).credit_request_amount).toBe(amount);
    },
  );

  it('of all other fields stay as they were sent', async () => {
    const record = await recordWith('client_created', {
      latitude: '51.5249280000000027',
      mobile: '07700900123',
      postcode: '12345',
      is_taxable: false,
      date_created: '2026-01-12T10:30:00+01:00',
    });
    expect(record).toMatchObject({
      client_latitude: '51.5249280000000027',
      client_mobile: '07700900123',
      client_postcode: '12345',
      client_is_taxable: false,
      client_date_created: '2026-01-12T10:30:00+01:00',
    });
    const invoice = await recordWith('invoice_raised', { display_id: '48' });
    expect(invoice.invoice_display_id).toBe('48');
  });
});

describe('depth', () => {
  const nested = (levels: number, inner = '1') => '{"a": '.repeat(levels) + inner + '}'.repeat(levels);
  const bodyWith = (value: string) =>
    Buffer.from(`{"events": [{"action": "EDITED_A_CLIENT", "subject": {"model": "Client", "x": ${value}}}]}`);

  it('past eight levels is JSON text', async () => {
    const [record = {}] = await deliver('client_updated', bodyWith(nested(20)));
    expect(isFlat(record)).toBe(true);
    expect(record.client_x_a_a_a_a_a_a_a).toBe(`{${'"a":{'.repeat(12)}"a":1${'}'.repeat(13)}`);
  });

  it('past 200 levels is no delivery, however deep', async () => {
    // The envelope around the value nests four levels itself.
    await expect(deliver('client_updated', bodyWith(nested(196)))).resolves.toHaveLength(1);
    await expect(deliver('client_updated', bodyWith(nested(197)))).resolves.toEqual([]);
    await expect(deliver('client_updated', bodyWith(nested(200_000)))).resolves.toEqual([]);
    await expect(deliver('client_updated', bodyWith('['.repeat(200_000) + ']'.repeat(200_000)))).resolves.toEqual([]);
  });
});
