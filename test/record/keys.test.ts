import { describe, expect, it } from '@jest/globals';

import { joinKey } from '../../src/record/field-keys.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { deliver, deliveryOf, recordWith, triggerOf } from '../helpers.ts';

const lesson = triggerOf('lesson_completed').sampleEvent;

describe('a record', () => {
  it('has all static keys when TutorCruncher sends few fields', async () => {
    const record = await recordWith('lesson_completed', { id: 1 });
    expect(Object.keys(record)).toEqual(Object.keys(triggerOf('lesson_completed').definition.operation.sample));
    expect(record).toMatchObject({ lesson_id: 1, lesson_topic: null, students: null, student_names: null });
  });

  it('puts unknown fields after the static keys of the subject or of nested records, then custom fields', async () => {
    const record = await recordWith('lesson_updated', {
      mood: 'fine',
      extra_attrs: { level: 'A' },
      service: 719,
      id: 1,
      agent_notes: [1, 'b', true, null],
      weather: { now: 'rain' },
    });
    const staticKeys = Object.keys(triggerOf('lesson_updated').definition.operation.sample);
    const around = (key: string) =>
      Object.keys(record)
        .slice(Object.keys(record).indexOf(key) - 1)
        .slice(0, 4);
    expect(around('lesson_mood')).toEqual([
      'lesson_url',
      'lesson_mood',
      'lesson_affiliate_notes',
      'lesson_location_description',
    ]);
    expect(around('lesson_weather_now')).toEqual([
      'job_url',
      'lesson_weather_now',
      'custom_level',
      'event_description',
    ]);
    expect(record).toMatchObject({ lesson_mood: 'fine', lesson_affiliate_notes: '1, b, true', job_id: 719 });
    expect(Object.keys(record).filter((key) => staticKeys.includes(key))).toEqual(staticKeys);
  });
});

describe('the key of a field', () => {
  it("starts with the object's word, but does not repeat it", async () => {
    const record = await recordWith('task_created', { task_type: 'phone', due_dt: 'x', notification_pending: true });
    expect(record).toMatchObject({ task_type: 'phone', task_due_dt: 'x', task_notification_pending: true });
    expect(record).not.toHaveProperty('task_task_type');
  });

  it.each([
    ['task', 'type', 'task_type'],
    ['task', 'task', 'task'],
    ['task', 'task_type', 'task_type'],
    ['task', 'tasks', 'task_tasks'],
    ['', 'type', 'type'],
  ])('joins the prefix %j and the word %j to %j', (prefix, word, key) => {
    expect(joinKey(prefix, word)).toBe(key);
  });

  it('in a nested record named after an object starts with the word of that object, at any depth', async () => {
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

  it('ends with "_id" or "_name" for a number or text instead of a record', async () => {
    expect(await recordWith('lesson_updated', { service: 719, location: 'Library' })).toMatchObject({
      job_id: 719,
      job_name: null,
      lesson_location_name: 'Library',
      lesson_location_id: null,
    });
  });

  it('is omitted for null instead of a record', async () => {
    expect(await recordWith('lesson_updated', { service: null })).not.toHaveProperty('lesson_service');
  });

  it('named like a property that JavaScript objects inherit is an ordinary key', async () => {
    const subject = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "x", "toString": 2}') as object;
    const record = await recordWith('lesson_updated', { ...subject, ['__proto__']: undefined });
    expect(record).toMatchObject({ lesson_constructor: 'x', lesson_tostring: 2 });
  });

  it('named "__proto__" does not change the prototype of any object', async () => {
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

describe('fields with the same key', () => {
  it('keep the first value under the key, and different values under numbered keys', async () => {
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
});

describe('null', () => {
  const nulls = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [name, name === 'model' ? inner : nulls(inner)]),
        )
      : null;

  it.each(webhookTriggers.map(({ definition }) => [definition.key] as const))(
    'instead of fields, lists and records adds no key to %s',
    async (key) => {
      const { sampleEvent, definition } = triggerOf(key);
      const keys = Object.keys(definition.operation.sample);
      const flat = Object.fromEntries(Object.keys(sampleEvent.subject).map((name) => [name, null]));
      for (const subject of [flat, nulls(sampleEvent.subject) as object]) {
        const event = { ...sampleEvent, subject: { ...subject, model: sampleEvent.subject.model, user: null } };
        const [record = {}] = await deliver(key, deliveryOf(event));
        if (Object.keys(record).length === 0) throw new Error('The trigger made no record.');
        expect(Object.keys(record).filter((name) => !keys.includes(name) && key !== 'any_event')).toEqual([]);
      }
    },
  );
});

describe('a person who is empty or malformed', () => {
  it.each([[''], [[]], [['Mr', 'A', '']], [{}], [[null]]])('becomes null: %j', async (person) => {
    const record = await recordWith('invoice_raised', { client: person });
    const { sample } = triggerOf('invoice_raised').definition.operation;
    expect(Object.keys(record)).toEqual(Object.keys(sample));
    expect(record).toMatchObject({ client_id: null, client_name: null, client_first_name: null });
  });

  it.each([[[]], [['Mr', 'A', '']], [null]])('adds no field instead of a user: %j', async (user) => {
    const record = await recordWith('tutor_updated', { id: 1, user });
    expect(Object.keys(record)).toEqual(Object.keys(triggerOf('tutor_updated').definition.operation.sample));
    expect(record.tutor_name).toBeNull();
  });

  it('leaves no gap in the names of a list', async () => {
    const people = [
      { id: 1, name: '' },
      { id: 2, name: 'Leo' },
      { id: 3, first_name: ' ', last_name: '' },
    ];
    expect(await recordWith('client_created', { paid_recipients: people })).toMatchObject({
      client_paid_student_names: 'Leo',
    });
  });
});

describe('a field that may contain a record', () => {
  const withService = (service: unknown) => recordWith('lesson_updated', { id: 1, service });

  it.each([[719], ['719'], [[719]], [{ id: 719 }], [[{ id: '719' }]]])(
    'treats digits as an id: %j',
    async (service) => {
      const record = await withService(service);
      expect(record).toMatchObject({ job_id: 719, job_name: null });
      expect(record).not.toHaveProperty('lesson_job');
    },
  );

  it.each([['Year 7'], ['7a'], ['-7'], ['7.0']])('treats other texts as a name: %j', async (service) => {
    expect(await withService(service)).toMatchObject({ job_id: null, job_name: service });
  });

  it('keeps an id of more digits than a number holds as text', async () => {
    expect(await withService('12345678901234567890')).toMatchObject({ job_id: '12345678901234567890' });
  });

  it('keeps a list of texts', async () => {
    expect(await recordWith('lesson_updated', { location: ['Room 1', 'Room 2'] })).toMatchObject({
      lesson_location: 'Room 1, Room 2',
    });
  });
});

describe('the name of a person', () => {
  it('is joined from the first and last names, in records and items', async () => {
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

  it('is the name that TutorCruncher sends, if there is one', async () => {
    const record = await recordWith('client_created', { first_name: 'Priya', last_name: 'Raman', name: 'The Ramans' });
    expect(record).toMatchObject({ client_name: 'The Ramans', client_first_name: 'Priya' });
    expect(record).not.toHaveProperty('client_name_2');
  });

  it('is joined if TutorCruncher sends an empty name', async () => {
    const subject = { model: 'Client', name: '', first_name: 'Priya', last_name: 'Raman' };
    const [record] = await deliver('any_event', deliveryOf({ ...lesson, subject }));
    expect(record).toMatchObject({ subject_name: 'Priya Raman', client_name: 'Priya Raman' });
    expect(record).not.toHaveProperty('client_name_2');
  });

  it.each([[''], [' '], [[]], [['Mr', 'A', '']]])('is null if TutorCruncher sends only the name %j', async (name) => {
    const record = await recordWith('client_created', { name, first_name: [], last_name: ' ' });
    expect(record).toMatchObject({ client_name: null, client_first_name: null });
  });
});

describe('the user record of the older shape', () => {
  it('is merged into the subject, whose own fields win', async () => {
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
