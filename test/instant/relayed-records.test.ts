/** Records that describe what changed, made by an app that is built for a relay. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { triggers as definitions, webhookTriggers } from '../../triggers/index.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { Trigger } from '../../src/instant/trigger.ts';
import { deliver } from '../support/app-tester.ts';
import { inOlderShape, keysOf } from '../support/record-forms.ts';
import { loadRelayedTriggers, send, testRecords, type SentEvent } from '../support/relayed-triggers.ts';

let relayed: (key: string) => Trigger;
beforeAll(async () => {
  relayed = await loadRelayedTriggers();
});

/** Returns the only record that a trigger makes from an event. */
async function recordOf(key: string, event: SentEvent): Promise<FlatRecord> {
  const [record = {}, ...others] = await send(relayed(key), event);
  expect(others).toEqual([]);
  return record;
}

/** The triggers that apps without a relay have, too. */
const KEYS = webhookTriggers.filter(({ needsRelay }) => !needsRelay).map(({ definition }) => definition.key);

describe.each(KEYS)('the trigger %s of an app that is built for a relay', (key) => {
  it('shows a change in its sample only if there can be one', () => {
    const { display, operation } = relayed(key).definition;
    const { sample } = operation;
    const isFirstEvent = /^New |^Note Added$|Signed Up$/.test(display.label);
    // These events are about a record, but change none of its fields.
    const isNoChange =
      / Requested| Removed From | Reminder Sent$| Terms Agreed$| Payment Details | Invited | Availability Changed$/.test(
        display.label,
      );
    if (isFirstEvent || isNoChange) {
      expect(sample).toMatchObject({ changes_known: false, changed_fields: null, changes: null });
      return;
    }
    expect(sample.changes_known).toBe(true);
    expect(sample.changes).not.toEqual([]);
    expect(sample.changed_fields).not.toBe('');
  });

  it('has an output field for each key, including the items of the list of changes', () => {
    const { outputFields, definition: own } = relayed(key);
    const changes = [{ field: '', before: '', after: '' }];
    expect(outputFields.map((field) => field.key)).toEqual(keysOf({ ...own.operation.sample, changes }));
  });

  it('returns records with the keys of its sample, whether or not the changes are known', async () => {
    const { sample } = relayed(key).definition.operation;
    // An absence that the earlier event shows was reported before.
    for (const earlier of [relayed(key).isForAbsent ? { status: 'planned' } : {}, null]) {
      const record = await recordOf(key, { earlier });
      const keys = Object.keys(record).filter((name) => key !== 'any_event' || name in sample);
      expect(keys).toEqual(Object.keys(sample));
    }
  });

  it('differs from the trigger without a relay only in these keys', async () => {
    const [without = {}] = await deliver(key, deliveryOf(triggerOf(key).sampleEvent));
    const record = await recordOf(key, { earlier: null });
    // Zapier's stand-in without a relay has another time zone.
    const isWrittenOut = (name: string) => /_(?:text|date|time|when)$/.test(name);
    const asSent = (made: FlatRecord): unknown =>
      JSON.parse(JSON.stringify(made, (name, value: unknown) => (isWrittenOut(name) ? undefined : value)));
    expect(asSent(record)).toMatchObject(asSent(without) as FlatRecord);
    expect(definitions[key]?.operation.sample).not.toHaveProperty('changes_known');
  });
});

describe('a record', () => {
  const MOVED = { start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };

  it('shows which fields have changed, with their values before and after', async () => {
    expect(await recordOf('lesson_updated', { subject: MOVED, earlier: {} })).toMatchObject({
      changes_known: true,
      changed_fields: 'Lesson Start, Lesson Finish',
      changes: [
        { field: 'Lesson Start', before: 'Wed 10 Jun 2026, 17:00', after: 'Thu 11 Jun 2026, 18:00' },
        { field: 'Lesson Finish', before: 'Wed 10 Jun 2026, 18:30', after: 'Thu 11 Jun 2026, 19:30' },
      ],
      changes_text:
        'Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00\n' +
        'Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30',
      previous_status_text: 'Planned',
      previous_status: 'planned',
      previous_start_text: 'Wed 10 Jun 2026, 17:00',
      previous_start: '2026-06-10T16:00:00Z',
      previous_finish_text: 'Wed 10 Jun 2026, 18:30',
      previous_finish: '2026-06-10T17:30:00Z',
      lesson_start: MOVED.start,
    });
    expect(await recordOf('client_updated', { subject: { last_name: 'Patel' }, earlier: {} })).toMatchObject({
      changes: [{ field: 'Client Last Name', before: 'Raman', after: 'Patel' }],
    });
  });

  it('shows that its event is a repeat', async () => {
    for (const isRepeat of [false, true]) {
      const event = { earlier: null, isRepeat };
      expect(await recordOf('client_updated', event)).toMatchObject({ is_repeat: isRepeat });
      expect(await testRecords(relayed('any_event'), [event])).toMatchObject([{ is_repeat: isRepeat }]);
    }
  });

  it('has the previous pipeline stage, and the labels that were added and removed', async () => {
    const earlier = {
      pipeline_stage: { id: 1, name: 'New enquiry' },
      labels: [{ id: 21, name: 'Weekend' }, { id: 30, name: 'Waiting list' }, { id: 31 }],
    };
    expect(await recordOf('client_updated', { earlier })).toMatchObject({
      previous_pipeline_stage: 'New enquiry',
      added_labels: 'Sibling discount',
      removed_labels: 'Waiting list, 31',
    });
    const earlierStage = { pipeline_stage: null, labels: [{ id: 21 }] };
    expect(await recordOf('client_updated', { earlier: earlierStage })).toMatchObject({
      previous_pipeline_stage: null,
      added_labels: 'Sibling discount',
      removed_labels: '',
    });
  });

  it('contains balances only in the changes of Client Balance Changed', async () => {
    const earlier = { invoice_balance: '0.00' };
    expect(await recordOf('client_balance_changed', { earlier })).toMatchObject({
      changes: [{ field: 'Client Invoice Balance', before: '0', after: '-84' }],
    });
    expect(await recordOf('client_updated', { earlier })).toMatchObject({ changes_known: true, changes: [] });
    expect(await recordOf('any_event', { earlier: {} })).toMatchObject({ changes_known: true, changes: [] });
  });

  it('compares the jobs for an application that is made from a job', async () => {
    const { subject } = triggerOf('job_created').sampleEvent;
    const actor = { id: 402, name: 'Hannah Whitlock' };
    const event = { subject: { ...subject, name: 'GCSE Physics' }, earlier: { ...subject }, actor };
    expect(await recordOf('application_created', event)).toMatchObject({
      changes_known: true,
      changes: [{ field: 'Job Name', before: 'GCSE Maths for Leo', after: 'GCSE Physics' }],
      previous_status: null,
    });
  });
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
