/** Events about deletions, which contain little more than the id and the names of the deleted object. */

import { describe, expect, it } from '@jest/globals';

import { areDeletions, deletedSubject, withLastKnown } from '../../src/record/deleted-subject.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { deliver } from '../support/app-tester.ts';
import { inOlderShape } from '../support/record-forms.ts';
import { loadRelayedTriggers, type SentEvent, onlyRecord } from '../support/relayed-triggers.ts';

const relayed = await loadRelayedTriggers();

const recordOf = (key: string, event: SentEvent) => onlyRecord(relayed(key), event);

it.each<[actions: readonly string[], expected: boolean]>([
  [['DELETED_A_CLIENT'], true],
  [['DELETED_A_CLIENT', 'DELETED_A_CONTRACTOR'], true],
  [['DELETED_A_CLIENT', 'EDITED_A_CLIENT'], false],
  [['UNDELETED_A_CLIENT'], false],
  [[], false],
])('the actions %j delete their subject: %j', (actions, expected) => {
  expect(areDeletions(actions)).toBe(expected);
});

it('a deleted subject has its model, its URL, its id and its names', () => {
  const names = { first_name: 'Priya', last_name: 'Raman', name: 'Maths', topic: 'Sets' };
  const deleted = { model: 'Client', url: 'https://example.com/', id: 5, ...names };
  expect(deletedSubject({ ...deleted, email: 'priya@example.com', labels: [] })).toEqual(deleted);
});

it.each<[deleted: JsonObject, lastKnown: JsonObject, shown: JsonObject]>([
  [{ id: 5 }, { id: 5, town: 'Wells' }, { id: 5, town: 'Wells' }],
  [{ name: 'New' }, { name: 'Old' }, { name: 'New' }],
  [{ name: '' }, { name: 'Old' }, { name: 'Old' }],
  [{ name: null }, { name: 'Old' }, { name: 'Old' }],
  [{ labels: [] }, { labels: [1] }, { labels: [1] }],
  [{ labels: [2] }, { labels: [1] }, { labels: [2] }],
  [{ client: {} }, { client: { id: 1 } }, { client: { id: 1 } }],
  [{ client: { id: 2 } }, { client: { id: 1 } }, { client: { id: 2 } }],
  [{ user: { name: 'New' } }, { user: { name: 'Old', town: 'Wells' } }, { name: 'New', town: 'Wells' }],
])('the deleted subject %j, which was last %j, is shown as %j', (deleted, lastKnown, shown) => {
  const event = { action: 'DELETED_A_CLIENT', subject: { model: 'Client' } };
  const previous = { action: 'EDITED_A_CLIENT', subject: lastKnown };
  expect(withLastKnown({ event, previous, burst: [] }, deleted)).toEqual(shown);
  expect(withLastKnown({ event, previous: null, burst: [] }, deleted)).toBe(deleted);
  expect(withLastKnown({ event: previous, previous, burst: [] }, deleted)).toBe(deleted);
});

it('a deletion that comes twice shows the state from before both', () => {
  const deletion = (seconds: number) => ({
    action: 'DELETED_A_CLIENT',
    branch: 3268,
    timestamp: `2026-06-10T18:00:0${seconds}Z`,
    subject: { model: 'Client', id: 5, name: 'Priya' },
  });
  const previous = { ...deletion(0), action: 'EDITED_A_CLIENT', subject: { model: 'Client', id: 5, town: 'Wells' } };
  const burst = [{ event: deletion(1), isSelected: true }];
  const event = deletion(2);
  expect(withLastKnown({ event, previous, burst }, event.subject)).toMatchObject({ town: 'Wells', name: 'Priya' });
  expect(withLastKnown({ event, previous: null, burst }, { id: 5 })).toMatchObject({ name: 'Priya' });
});

describe('a deletion', () => {
  const extra_attrs = [{ machine_name: 'exam_board', name: 'Exam Board', type: 'Dropdown', value: 'AQA' }];

  it('has the complete last known record, overridden by its own fields', async () => {
    const record = await recordOf('client_deleted', { subject: { last_name: 'Patel' }, earlier: { extra_attrs } });
    expect(record).toMatchObject({
      client_id: 301,
      client_name: 'Priya Patel',
      client_last_name: 'Patel',
      client_email: 'priya.raman@example.com',
      client_label_names: 'Weekend, Sibling discount',
      client_associated_admin_name: 'Dana Mercer',
      custom_exam_board: 'AQA',
      changes_known: true,
      changes: [{ field: 'Client Last Name', before: 'Raman', after: 'Patel' }],
      previous_status: 'live',
      event_action: 'DELETED_A_CLIENT',
    });
  });

  it('does not replace a known value with an empty value', async () => {
    const subject = { first_name: '', email: null, labels: [], associated_admin: {} };
    expect(await recordOf('client_deleted', { subject, earlier: {} })).toMatchObject({
      client_first_name: 'Priya',
      client_email: 'priya.raman@example.com',
      client_label_names: 'Weekend, Sibling discount',
      client_associated_admin_name: 'Dana Mercer',
    });
  });

  it('of a client has the fields that TutorCruncher sends about it, with and without a relay', async () => {
    const { sampleEvent, sample } = triggerOf('client_deleted');
    const url = 'https://app.tutorcruncher.com/api/clients/302/';
    const person = { first_name: 'Marcus', last_name: 'Adeyemi', email: 'marcus@example.com' };
    const subject = { model: 'Client', url, id: 302, ...person, role_type: 'Client', is_deleted: true };
    const expected = { client_email: 'marcus@example.com', client_role_type: 'Client', client_is_deleted: true };
    const [live = {}] = await deliver('client_deleted', deliveryOf({ ...sampleEvent, subject }));
    expect(Object.keys(live)).toEqual(Object.keys(sample));
    expect(live).toMatchObject(expected);
    for (const earlier of [null, {}]) {
      expect(await recordOf('client_deleted', { subject, earlier })).toMatchObject(expected);
    }
    const fieldKeys = [triggerOf('client_deleted'), relayed('client_deleted')].map(({ outputFields }) =>
      outputFields.map(({ key }) => key),
    );
    for (const keys of fieldKeys) expect(keys).toEqual(expect.arrayContaining(Object.keys(expected)));
  });

  it('of a client has null where TutorCruncher sends only names, with and without a relay', async () => {
    const { sampleEvent } = triggerOf('client_deleted');
    const absent = { email: undefined, role_type: undefined, is_deleted: undefined };
    const subject = { ...sampleEvent.subject, ...absent };
    const unknown = { client_email: null, client_role_type: null, client_is_deleted: null };
    expect(await deliver('client_deleted', deliveryOf({ ...sampleEvent, subject }))).toMatchObject([unknown]);
    expect(await recordOf('client_deleted', { subject: absent, earlier: null })).toMatchObject(unknown);
  });

  it.each(['tutor_deleted', 'student_deleted', 'job_deleted', 'lesson_deleted'])('of %s has no such fields', (key) => {
    const keys = Object.keys(triggerOf(key).sample);
    expect(keys.filter((name) => /_(?:email|role_type|is_deleted)$/.test(name))).toEqual([]);
  });

  it('has the last known record in the older shape of a person', async () => {
    const older = inOlderShape(triggerOf('client_created').sampleEvent).subject;
    const absent = Object.fromEntries(['first_name', 'last_name', 'email'].map((name) => [name, undefined]));
    const record = await recordOf('client_deleted', {
      subject: { first_name: 'P.' },
      earlier: { ...absent, ...older },
    });
    expect(record).toMatchObject({ client_name: 'P. Raman', client_email: 'priya.raman@example.com' });
  });

  it('has the last known record in New Event as well', async () => {
    const { subject, action } = triggerOf('client_deleted').sampleEvent;
    const lesson = Object.fromEntries(
      Object.keys(triggerOf('any_event').sampleEvent.subject).map((name) => [name, undefined]),
    );
    const earlier = { ...lesson, ...triggerOf('client_created').sampleEvent.subject };
    const record = await recordOf('any_event', { action, subject: { ...lesson, ...subject }, earlier });
    expect(record).toMatchObject({
      subject_model: 'Client',
      subject_name: 'Priya Raman',
      client_email: 'priya.raman@example.com',
    });
  });

  it('of a part of the record is not a deletion of the record', async () => {
    const { subject } = triggerOf('client_created').sampleEvent;
    const thin = {
      ...Object.fromEntries(Object.keys(subject).map((name) => [name, undefined])),
      id: 301,
      model: 'Client',
    };
    const event = { action: 'DELETED_A_NOTE', subject: { ...thin, start: undefined }, earlier: subject };
    expect(await recordOf('any_event', event)).toMatchObject({ client_id: 301, client_email: null });
  });
});
