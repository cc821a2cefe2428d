import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { deliver, recordWith } from '../support/app-tester.ts';

const sampleKeys = (trigger: string) => Object.keys(triggerOf(trigger).definition.operation.sample);

describe('a record', () => {
  it('puts unknown fields after the static keys of the subject or of nested records, then custom fields', async () => {
    const record = await recordWith('lesson_updated', {
      mood: 'fine',
      extra_attrs: { level: 'A' },
      service: 719,
      id: 1,
      agent_notes: [1, 'b', true, null],
      weather: { now: 'rain' },
    });
    const keys = Object.keys(record);
    const around = (key: string) => keys.slice(keys.indexOf(key) - 1).slice(0, 4);
    expect([...around('lesson_mood'), ...around('lesson_weather_now')]).toEqual([
      ...['lesson_url', 'lesson_mood', 'lesson_affiliate_notes', 'lesson_location_description'],
      ...['job_url', 'lesson_weather_now', 'custom_level', 'event_description'],
    ]);
    expect(record).toMatchObject({ lesson_mood: 'fine', lesson_affiliate_notes: '1, b, true', job_id: 719 });
    const staticKeys = sampleKeys('lesson_updated');
    expect(keys.filter((key) => staticKeys.includes(key))).toEqual(staticKeys);
  });
});

describe('the key of a field', () => {
  it("starts with the object's word, but does not repeat it", async () => {
    const record = await recordWith('task_created', { tasks: 2, task_type: 'phone', due_dt: 'x' });
    expect(record).toMatchObject({ task_tasks: 2, task_type: 'phone', task_due_dt: 'x' });
    expect(record).not.toHaveProperty('task_task_type');
  });

  it('is omitted for null instead of a record', async () => {
    expect(await recordWith('lesson_updated', { service: null })).not.toHaveProperty('lesson_service');
  });

  it('named like a property that JavaScript objects inherit is an ordinary key', async () => {
    const subject =
      '{"model": "Client", "user": {"__proto__": 7}, "constructor": "x", "toString": 2, ' +
      '"labels": [{"__proto__": {"x": 1}, "name": "A", "constructor": "y"}], ' +
      '"extra_attrs": [{"machine_name": "__proto__", "value": 1}]}';
    const body = Buffer.from(`{"events": [{"action": "EDITED_A_CLIENT", "subject": ${subject}}]}`);
    const [record] = await deliver('client_updated', body);
    expect(record).toMatchObject({ client_proto: 7, client_constructor: 'x', client_tostring: 2 });
    expect(record).toMatchObject({ custom_proto: 1, client_label_names: 'A' });
    expect(JSON.stringify(record?.client_labels)).toContain('"constructor":"y"');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('fields with the same key', () => {
  it('keep the first value under the key, and other values except null under numbered keys, each once', async () => {
    const record = await recordWith('ad_hoc_charge_created', {
      category: { id: 5, name: 'Books', dft_net_gross: 'net' },
      category_name: 'Materials',
      category_id: 5,
      mood: { a: { b: 1 }, 'a b': 2 },
      'mood a b': 3,
      'mood-a-b': null,
      'mood.a.b': 2,
    });
    expect(Object.entries(record).filter(([key]) => /category_(?:id|name)|mood/.test(key))).toEqual(
      expect.arrayContaining([
        ['ad_hoc_charge_category_id', 5],
        ['ad_hoc_charge_category_name', 'Materials'],
        ['ad_hoc_charge_category_name_2', 'Books'],
        ['ad_hoc_charge_mood_a_b', 3],
        ['ad_hoc_charge_mood_a_b_2', 2],
        ['ad_hoc_charge_mood_a_b_3', 1],
      ]),
    );
    expect(record).not.toHaveProperty('ad_hoc_charge_category_id_2');
    expect(record).not.toHaveProperty('ad_hoc_charge_mood_a_b_4');
  });
});

describe('null', () => {
  const nulls = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [name, name === 'model' ? inner : nulls(inner)]),
        )
      : null;

  // Student Missed Lesson halts, because it cannot tell who was absent.
  const keys = webhookTriggers.map(({ definition }) => definition.key).filter((key) => key !== 'student_missed_lesson');

  it.each(keys)('instead of fields, lists and records adds no key to %s', async (key) => {
    const { sampleEvent } = triggerOf(key);
    const keys = sampleKeys(key);
    const flat = Object.fromEntries(Object.keys(sampleEvent.subject).map((name) => [name, null]));
    for (const subject of [flat, nulls(sampleEvent.subject) as object]) {
      const event = { ...sampleEvent, subject: { ...subject, model: sampleEvent.subject.model, user: null } };
      const [record = {}] = await deliver(key, deliveryOf(event));
      expect(Object.keys(record)).not.toEqual([]);
      expect(Object.keys(record).filter((name) => !keys.includes(name) && key !== 'any_event')).toEqual([]);
    }
  });
});

describe('a person who is empty or malformed', () => {
  it.each([[''], [[]], [['Mr', 'A', '']], [{}], [[null]]])('becomes null: %j', async (person) => {
    const record = await recordWith('invoice_raised', { client: person });
    expect(Object.keys(record)).toEqual(sampleKeys('invoice_raised'));
    expect(record).toMatchObject({ client_id: null, client_name: null, client_first_name: null });
  });

  it.each([[[]], [['Mr', 'A', '']], [null]])('adds no field instead of a user: %j', async (user) => {
    const record = await recordWith('tutor_updated', { id: 1, user });
    expect(Object.keys(record)).toEqual(sampleKeys('tutor_updated'));
    expect(record.tutor_name).toBeNull();
  });

  it('leaves no gap in the names of a list', async () => {
    const paid_recipients = [{ name: '' }, { name: 'Leo' }, { first_name: ' ', last_name: '' }];
    const record = await recordWith('client_created', { paid_recipients });
    expect(record).toMatchObject({ client_paid_student_names: 'Leo' });
  });
});

describe('a field that may contain a record', () => {
  it.each([[719], ['719'], [[719]], [{ id: 719 }], [[{ id: '719' }]]])(
    'treats digits as an id: %j',
    async (service) => {
      const record = await recordWith('lesson_updated', { id: 1, service });
      expect(record).toMatchObject({ job_id: 719, job_name: null });
      expect(record).not.toHaveProperty('lesson_job');
    },
  );

  it.each([
    ...['Year 7', '7a', '-7', '7.0'].map((service) => ({ service, job_id: null, job_name: service })),
    // A number cannot hold so many digits.
    { service: '12345678901234567890', job_id: '12345678901234567890', job_name: null },
  ])('keeps other texts as a name, and a long id as text: $service', async ({ service, ...expected }) => {
    expect(await recordWith('lesson_updated', { service })).toMatchObject(expected);
  });

  it('keeps a list of texts', async () => {
    const record = await recordWith('lesson_updated', { location: ['Room 1', 'Room 2'] });
    expect(record).toMatchObject({ lesson_location: 'Room 1, Room 2' });
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

  it.each([
    ['The Ramans', 'The Ramans'],
    ['', 'Priya Raman'],
  ])('is the name that TutorCruncher sends, unless it is empty: %j', async (name, expected) => {
    const subject = { model: 'Client', name, first_name: 'Priya', last_name: 'Raman' };
    const [record] = await deliver('any_event', deliveryOf({ ...triggerOf('any_event').sampleEvent, subject }));
    expect(record).toMatchObject({ subject_name: expected, client_name: expected, client_first_name: 'Priya' });
    expect(record).not.toHaveProperty('client_name_2');
  });

  it.each([[''], [' '], [[]], [['Mr', 'A', '']]])('is null if TutorCruncher sends only the name %j', async (name) => {
    const record = await recordWith('client_created', { name, first_name: [], last_name: ' ' });
    expect(record).toMatchObject({ client_name: null, client_first_name: null });
  });
});

it('the user record of the older shape is merged into the subject, whose own fields win', async () => {
  const user = { email: 'nested@example.com', first_name: 'Priya', phone: '0117' };
  const record = await recordWith('client_updated', { email: 'flat@example.com', phone: null, user });
  const expected = { client_email: 'flat@example.com', client_first_name: 'Priya', client_phone: '0117' };
  expect(record).toMatchObject(expected);
  expect(Object.keys(record).filter((key) => /user_|_2$/.test(key))).toEqual(['actor_user_id']);
});
