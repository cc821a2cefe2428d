/** The definitions and records of triggers about one object, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { triggers as definitions, webhookTriggers } from '../../triggers/index.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { deliver } from '../support/app-tester.ts';
import { keysOf } from '../support/record-forms.ts';
import { loadRelayedTriggers, type SentEvent, onlyRecord } from '../support/relayed-triggers.ts';
import { note } from '../../objects/note.ts';
import type { Lookup } from '../../src/lookups/lookup.ts';
import { triggersAbout } from '../../src/instant/object-trigger.ts';

const relayed = await loadRelayedTriggers();

const recordOf = (key: string, event: SentEvent) => onlyRecord(relayed(key), event);

/** The keys of the triggers that apps without a relay also have. */
const KEYS = webhookTriggers.filter(({ needsRelay }) => !needsRelay).map(({ definition }) => definition.key);

describe.each(KEYS)('the trigger %s of an app that is built for a relay', (key) => {
  it('shows a change in its sample only if there can be one', () => {
    const { display, operation } = relayed(key).definition;
    const { sample } = operation;
    const isFirstEvent = /^New |^Note Added$|Signed Up$/.test(display.label);
    // Events with these actions change no field of the record.
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
    // A student who was already absent in the earlier event causes no run, so the earlier lesson is planned.
    for (const earlier of [relayed(key).isForAbsent ? { status: 'planned' } : {}, null]) {
      const record = await recordOf(key, { earlier });
      const keys = Object.keys(record).filter((name) => key !== 'any_event' || name in sample);
      expect(keys).toEqual(Object.keys(sample));
    }
  });

  it('differs from the trigger without a relay only in these keys', async () => {
    const [without = {}] = await deliver(key, deliveryOf(triggerOf(key).sampleEvent));
    const record = await recordOf(key, { earlier: null });
    // Ready-made texts are left out, because the two apps run in different time zones in this test.
    const isWrittenOut = (name: string) => /_(?:text|date|time|when)$/.test(name);
    const asSent = (made: FlatRecord): unknown =>
      JSON.parse(JSON.stringify(made, (name, value: unknown) => (isWrittenOut(name) ? undefined : value)));
    expect(asSent(record)).toMatchObject(asSent(without) as FlatRecord);
    expect(definitions[key]?.operation.sample).not.toHaveProperty('changes_known');
  });
});

describe('a record', () => {
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

describe('a trigger that offers statuses', () => {
  it('needs an object that has statuses', () => {
    const text = { key: 'note_status_changed', label: 'Note Status Changed', description: 'Triggers when it changes.' };
    expect(() => triggersAbout({ object: note }, [{ ...text, actions: { A: 'A' }, choices: ['statuses'] }])).toThrow(
      /"note_status_changed" offers statuses, but the object "note" has none/,
    );
  });
});

describe('a trigger about deletions', () => {
  const field = { key: 'reads_more', label: 'Reads More', type: 'boolean' } as const;
  const lookup: Lookup = { field, sample: {}, find: () => Promise.resolve(null) };
  const [updated, deleted] = triggersAbout({ object: client, lookups: [lookup] }, [
    { key: 'client_edited', label: 'Edited', description: 'Triggers.', actions: { EDITED_A_CLIENT: 'Edited' } },
    { key: 'client_removed', label: 'Removed', description: 'Triggers.', actions: { DELETED_A_CLIENT: 'Deleted' } },
  ]);

  it('reads nothing about its record, which no longer exists', () => {
    expect([updated?.lookups, deleted?.lookups]).toEqual([[lookup], []]);
  });

  it("has no fields of the account's own without a relay, because its events contain none", () => {
    expect(updated?.accountFields).not.toEqual([]);
    expect(deleted?.accountFields).toEqual([]);
    expect(relayed('client_deleted').accountFields).not.toEqual([]);
  });

  it('offers a run for each person only with a relay, which knows the people', () => {
    expect([triggerOf('lesson_deleted'), relayed('lesson_deleted')].map(({ runForField }) => runForField?.key)).toEqual(
      [undefined, 'run_for'],
    );
  });
});

it('the test data of an app that is built for a relay is the sample, without a request', async () => {
  const { recentEvents, filter, sampleEvent } = relayed('client_updated');
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
  const [shown, ...others] = await recentEvents(directZ, bundle, filter);
  expect([shown?.isSample, shown?.kept.event, others]).toEqual([true, sampleEvent, []]);
  expect(shown?.kept.previous).not.toBeNull();
});
