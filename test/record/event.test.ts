import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { flattenEvent, type Hash } from '../../src/record/event.ts';
import { layoutOf } from '../../src/record/subject.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { deliver, deliveryOf, triggerOf } from '../helpers.ts';

const lesson = triggerOf('lesson_completed').sampleEvent;

describe('the last keys of a record', () => {
  it('describe the event and its actor, in a fixed order', async () => {
    const [record = {}] = await deliver('lesson_completed', deliveryOf(lesson));
    expect(Object.entries(record).slice(-13, -1)).toEqual([
      ['event_description', 'Marked a Lesson as complete'],
      ['event_message', ''],
      ['event_timestamp_text', 'Wed 10 Jun 2026, 18:05'],
      ['event_timestamp', '2026-06-10T18:05:00.123456Z'],
      ['event_timestamp_date', '2026-06-10'],
      ['event_timestamp_time', '18:05'],
      ['event_action', 'MARKED_AN_APPOINTMENT_AS_COMPLETE'],
      ['branch_id', 4021],
      ['actor_name', 'Hannah Whitlock'],
      ['actor_id', 402],
      ['actor_user_id', 390],
      ['actor_url', 'https://app.tutorcruncher.com/api/contractors/402/'],
    ]);
  });

  it('are null for the actor of a system action', async () => {
    const [record] = await deliver('lesson_completed', deliveryOf({ ...lesson, actor: null }));
    expect(record).toMatchObject({ actor_name: null, actor_id: null, actor_user_id: null, actor_url: null });
  });

  it('join the first and last name of an actor without a name', async () => {
    const actor = { id: 1, first_name: 'Dana', last_name: 'Mercer' };
    const [record] = await deliver('any_event', deliveryOf({ ...lesson, actor }));
    expect(record).toMatchObject({ actor_name: 'Dana Mercer' });
  });

  it.each([
    [7, { actor_id: 7, actor_name: null }],
    ['Dana Mercer', { actor_id: null, actor_name: 'Dana Mercer' }],
    [[], { actor_id: null, actor_name: null }],
    [['Mr', 'A', ''], { actor_id: null, actor_name: null }],
    [{ name: ['Mr', 'A', ''] }, { actor_id: null, actor_name: null }],
  ])('take the id or the name of an actor that is not a well-formed record: %j', async (actor, expected) => {
    const [record] = await deliver('any_event', deliveryOf({ ...lesson, actor }));
    expect(record).toMatchObject(expected);
  });
});

describe('the id of a record', () => {
  const IDENTITY = [
    4021,
    'MARKED_AN_APPOINTMENT_AS_COMPLETE',
    '2026-06-10T18:05:00.123456Z',
    'Lesson',
    9106,
    402,
    '',
  ] as const;
  const idOf = async (event: object) => (await deliver('any_event', deliveryOf(event)))[0]?.id;

  it('is a hash of the values that identify the event', async () => {
    const id = createHash('sha256').update(JSON.stringify(IDENTITY)).digest('hex');
    expect(await idOf(lesson)).toBe(id);
  });

  it('does not depend on the spelling of the model or on other fields of the subject', async () => {
    const alias = { ...lesson, subject: { ...lesson.subject, model: 'appointment', id: '9106', topic: 'Another' } };
    expect(await idOf(alias)).toBe(await idOf(lesson));
  });

  it.each<[value: string, event: TutorCruncherEvent]>([
    ['branch', { ...lesson, branch: 4022 }],
    ['action', { ...lesson, action: 'BOOKED_AN_APPOINTMENT' }],
    ['timestamp', { ...lesson, timestamp: '2026-06-11T00:00:00.000000Z' }],
    ['model', { ...lesson, subject: { ...lesson.subject, model: 'Job' } }],
    ["subject's id", { ...lesson, subject: { ...lesson.subject, id: 9107 } }],
    ['actor', { ...lesson, actor: { id: 403 } }],
    ['message', { ...lesson, extra_msg: 'Moved to Friday' }],
  ])('differs for another %s', async (_value, event) => {
    expect(await idOf(event)).not.toBe(await idOf(lesson));
  });

  it('is computed by the given hash function, from a text', () => {
    const hashed: string[] = [];
    const hash: Hash = (text) => {
      hashed.push(text);
      return 'the-hash';
    };
    const record = flattenEvent(lesson, layoutOf('lesson', lesson.subject), { hash });
    expect(record.id).toBe('the-hash');
    expect(hashed).toEqual([JSON.stringify(IDENTITY)]);
  });
});

describe('the keys that describe a subject of any object', () => {
  const hash: Hash = () => 'the-hash';
  const layout = layoutOf('lesson', lesson.subject);

  it('are omitted by default', () => {
    expect(Object.keys(flattenEvent(lesson, layout, { hash })).filter((key) => key.startsWith('subject_'))).toEqual([]);
  });

  it('come first', () => {
    const record = flattenEvent(lesson, layout, { hash, hasSubjectKeys: true });
    expect(Object.keys(record).slice(0, 5)).toEqual([
      'subject_model',
      'subject_id',
      'subject_name',
      'subject_url',
      layout.keys[0],
    ]);
  });

  it('prefer the name, then the display id, then the topic', async () => {
    const nameOf = async (subject: object) =>
      (await deliver('any_event', deliveryOf({ ...lesson, subject: { model: 'X', ...subject } })))[0]?.subject_name;
    expect(await nameOf({ name: 'The Ramans', first_name: 'Leo' })).toBe('The Ramans');
    expect(await nameOf({ first_name: 'Leo', last_name: 'Raman', display_id: 'INV-1' })).toBe('Leo Raman');
    expect(await nameOf({ display_id: 'INV-1', topic: 'Maths' })).toBe('INV-1');
    expect(await nameOf({ topic: 'Maths' })).toBe('Maths');
    expect(await nameOf({ name: ['Mr', 'A', ''], topic: 'Maths' })).toBe('Maths');
    expect(await nameOf({})).toBeNull();
  });
});

describe('a reserved key', () => {
  it('keeps its null, and the field of the subject has a numbered key', async () => {
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

describe('an event about an unknown model', () => {
  const hash: Hash = () => 'the-hash';

  it.each([
    ['Gift Voucher', 'gift_voucher_mood'],
    ['!!!', 'subject_mood'],
    [7, 'subject_mood'],
    [undefined, 'subject_mood'],
  ])('has the slug of the model, or "subject", as its prefix: %j', (model, key) => {
    expect(flattenEvent({ action: 'X', subject: { model, mood: 'fine' } }, null, { hash })).toMatchObject({
      [key]: 'fine',
    });
  });
});
