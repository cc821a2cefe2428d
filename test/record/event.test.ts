import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { lesson as lessonObject } from '../../objects/lesson.ts';
import { flattenEvent } from '../../src/record/event.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { deliver, recordWith } from '../support/app-tester.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

const lesson = triggerOf('lesson_completed').sampleEvent;
const recordOf = async (event: object) => (await deliver('any_event', deliveryOf(event)))[0] ?? {};

withoutNetwork();

// The keys and values of sample events are in the generated tables of `docs/`. These tests cover other events.
describe('the fields of the actor', () => {
  it.each([
    [null, null, null],
    [{ id: 1, first_name: 'Dana', last_name: 'Mercer' }, 1, 'Dana Mercer'],
    [7, 7, null],
    ['Dana Mercer', null, 'Dana Mercer'],
    [[], null, null],
    [['Mr', 'A', ''], null, null],
    [{ name: ['Mr', 'A', ''] }, null, null],
  ])('contain the id and the name of %j', async (actor, actor_id, actor_name) => {
    const expected = { actor_id, actor_name, actor_user_id: null, actor_url: null };
    expect(await recordOf({ ...lesson, actor })).toMatchObject(expected);
  });
});

describe('the id of a record', () => {
  const idOf = async (event: object) => (await recordOf(event)).id;

  it('is a hash of the values that identify the event', async () => {
    const identity = '[4021,"MARKED_AN_APPOINTMENT_AS_COMPLETE","2026-06-10T18:05:00.123456Z","Lesson",9106,402,""]';
    expect(await idOf(lesson)).toBe(createHash('sha256').update(identity).digest('hex'));
    expect(flattenEvent(lesson, lessonObject.layout, { hash: (text) => text }).id).toBe(identity);
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
});

describe('the keys that describe a subject of any object', () => {
  it('come first, and are omitted by default', () => {
    const keysWith = (hasSubjectKeys?: boolean) =>
      Object.keys(flattenEvent(lesson, lessonObject.layout, { hash: () => '', hasSubjectKeys }));
    const keys = ['subject_model', 'subject_id', 'subject_name', 'subject_url'];
    expect(keysWith(true)).toEqual([...keys, ...keysWith()]);
  });

  it('prefer the name, then the display id, then the topic', async () => {
    const nameOf = async (subject: object) =>
      (await recordOf({ ...lesson, subject: { model: 'X', ...subject } })).subject_name;
    expect(await nameOf({ name: 'The Ramans', first_name: 'Leo' })).toBe('The Ramans');
    expect(await nameOf({ first_name: 'Leo', last_name: 'Raman', display_id: 'INV-1' })).toBe('Leo Raman');
    expect(await nameOf({ display_id: 'INV-1', topic: 'Maths' })).toBe('INV-1');
    expect(await nameOf({ name: ['Mr', 'A', ''], topic: 'Maths' })).toBe('Maths');
    expect(await nameOf({})).toBeNull();
  });
});

it.each([
  ['Gift Voucher', 'gift_voucher_mood'],
  ['Mood', 'mood'],
  ['!!!', 'subject_mood'],
  [7, 'subject_mood'],
  [undefined, 'subject_mood'],
])('the fields of the unknown model %j have its slug or "subject" as their prefix', (model, key) => {
  const record = flattenEvent({ action: 'X', subject: { model, mood: 'fine' } }, null, { hash: () => '' });
  expect(record).toMatchObject({ [key]: 'fine' });
});

it('a report without an id has the id in its URL', async () => {
  const url = 'https://app.tutorcruncher.com/api/reports/1299/';
  const record = await recordWith('report_created', { id: undefined, url });
  expect(record).toMatchObject({ report_id: 1299, report_url: url });
  expect(record.id).toBe((await recordWith('report_created', { id: 1299, url })).id);
});
