import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { lesson } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import { layoutOf } from '../../src/record/key-order.ts';
import { branchFields, UNKNOWN_BRANCH } from '../../src/record/branch-fields.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { inOlderShape, isFlat, keysOf } from '../support/record-forms.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { deliver, recordWith } from '../support/app-tester.ts';

const OF_NO_BRANCH = branchFields(UNKNOWN_BRANCH);
const BRANCH_KEYS = Object.keys(OF_NO_BRANCH);

const sampleKeys = (trigger: string) => Object.keys(triggerOf(trigger).definition.operation.sample);

describe.each(objects)('the record of a $word alone', (object) => {
  const { sample, layout } = object;
  const record = flattenSubject(sample.subject, layout);

  it("starts with TutorCruncher's own id, followed by the static keys of the object and the branch", () => {
    expect(Object.keys(record)).toEqual(['id', ...layout.keys, ...BRANCH_KEYS]);
    expect(record.id).toBe(sample.subject.id);
    expect(isFlat(record)).toBe(true);
  });

  it('has the same keys and values in the older shape, except for the photo', () => {
    const { subject } = inOlderShape(sample);
    const older = flattenSubject(subject, layout);
    const photo = `${object.word}_photo`;
    expect(keysOf(older)).toEqual(keysOf(record));
    expect(older).toEqual({ ...record, ...(photo in record && { [photo]: null }) });
  });

  it('has all static keys, with null for missing fields', () => {
    const sparse = flattenSubject({ id: 1 }, layout);
    expect(Object.keys(sparse)).toEqual(Object.keys(record));
    expect(Object.values(sparse).filter((value) => value !== null)).toEqual([1, 1]);
  });
});

describe('flattenSubject', () => {
  it('converts an id sent as text to a number, and returns a null id for a subject without one', () => {
    expect(flattenSubject({ id: '9106' }, lesson.layout).id).toBe(9106);
    expect(flattenSubject({ topic: 'Maths' }, lesson.layout)).toMatchObject({ id: null, lesson_id: null });
  });

  it('puts the unknown fields of a subject alone before nested records, and custom fields last', () => {
    const extra_attrs = [{ machine_name: 'school', value: 'Hilltop' }];
    const record = flattenSubject({ extra_attrs, mood: 'fine', ...tutor.sample.subject }, tutor.layout);
    const keys = Object.keys(record);
    expect(keys.indexOf('tutor_mood')).toBe(keys.indexOf('tutor_work_done_details_amount_owed_text') - 1);
    expect(keys.slice(-3)).toEqual(['custom_school', ...BRANCH_KEYS]);
  });

  it('keeps the fields "model" and "extra_attrs" of nested records and items', () => {
    const nested = { model: 'X', extra_attrs: 'y' };
    expect(flattenSubject({ odd: nested, list: [nested] }, layoutOf('thing', {}))).toEqual({
      id: null,
      thing_odd_model: 'X',
      thing_odd_extra_attrs: 'y',
      thing_list: [nested],
      ...OF_NO_BRANCH,
    });
  });

  it('prefixes lists of people in a nested record with the key of that record', () => {
    const record = flattenSubject({ service: { conjobs: [{ contractor: 402 }] } }, layoutOf('thing', {}));
    expect(Object.keys(record)).toEqual(['id', 'job_tutors', 'job_tutor_names', ...BRANCH_KEYS]);
  });

  it('does not let a field of the subject take the key "id" or a key of the branch', () => {
    const subject = { id: null, ID: 7, branch_id: 8 };
    expect(flattenSubject(subject, layoutOf('', {}))).toEqual({ id: null, id_2: 7, branch_id_2: 8, ...OF_NO_BRANCH });
  });
});

describe('a list', () => {
  const layout = layoutOf('thing', {});
  const record = (length: number) => flattenSubject({ odd: Array<object>(length).fill({ a: 1 }) }, layout);

  it('of 50,000 entries becomes line items, and a longer list becomes JSON text', () => {
    expect(record(50_000).thing_odd).toHaveLength(50_000);
    expect(record(50_001).thing_odd).toBe(`[${Array(50_001).fill('{"a":1}').join()}]`);
  });

  it('at the eighth level becomes JSON text', () => {
    const nested = (levels: number): JsonObject => (levels === 0 ? { odd: [{ a: 1 }] } : { x: nested(levels - 1) });
    expect(flattenSubject(nested(6), layout)).toMatchObject({ thing_x_x_x_x_x_x_odd: [{ a: 1 }] });
    expect(flattenSubject(nested(7), layout)).toMatchObject({ thing_x_x_x_x_x_x_x_odd: '[{"a":1}]' });
  });
});

it('an item counts as one level below the record of its list', () => {
  const nested = (levels: number): JsonObject => (levels === 0 ? { b: 1 } : { a: nested(levels - 1) });
  expect(flattenSubject({ list: [nested(6), nested(7)] }, layoutOf('thing', {})).thing_list).toEqual([
    { a_b: 1, a: null },
    { a_b: null, a: '{"b":1}' },
  ]);
});

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

describe('null', () => {
  const nulls = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [name, name === 'model' ? inner : nulls(inner)]),
        )
      : null;

  // Student Missed Lesson is left out. Without values, the trigger cannot tell who was absent, so its run halts.
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
    // A JavaScript number cannot represent 20 digits exactly.
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
