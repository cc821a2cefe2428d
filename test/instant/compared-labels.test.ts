/** Labels in the records of an app that is built for a relay. TutorCruncher sends the labels with few events. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { Trigger } from '../../src/instant/trigger.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers, send, sendAfter, type SentEvent } from '../support/relayed-triggers.ts';

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

describe('a record', () => {
  it.each([[null], [[]], [undefined]])(
    'has no added and removed labels if one event tells them as %j',
    async (labels) => {
      const unknown = { changes_known: true, changed_fields: '', added_labels: null, removed_labels: null };
      for (const key of ['client_updated', 'tutor_updated', 'job_updated']) {
        expect(await recordOf(key, { earlier: { labels } })).toMatchObject(unknown);
        expect(await recordOf(key, { subject: { labels }, earlier: {} })).toMatchObject(unknown);
      }
    },
  );

  it('has the labels that an empty list in an event about a label shows', async () => {
    const labels = [{ id: 21, name: 'Weekend' }];
    for (const action of ['REMOVED_A_LABEL_FROM_A_USER', 'ADDED_A_LABEL_TO_A_USER']) {
      const event = { action, subject: { ...triggerOf('client_created').sampleEvent.subject, labels: [] } };
      const earlier = { ...event.subject, labels };
      expect(await recordOf('any_event', { ...event, earlier })).toMatchObject(
        action.startsWith('REMOVED') ? { changed_fields: 'Client Label Names' } : { changes_known: false },
      );
    }
    const trigger = relayed('client_label_added');
    const removed = {
      ...trigger.sampleEvent,
      action: 'REMOVED_A_LABEL_FROM_A_USER',
      timestamp: '2026-06-10T17:05:00.000000Z',
      subject: { ...trigger.sampleEvent.subject, labels: [] },
    };
    expect(await sendAfter(trigger, removed)).toMatchObject([
      { changes_known: true, added_labels: 'Weekend, Sibling discount' },
    ]);
  });
});

describe('a label that was added', () => {
  const [weekend] = [{ id: 21, name: 'Weekend' }];

  it.each([
    ['the comparison shows none', {}],
    ['the comparison shows removed labels only', { labels: [weekend, { id: 22 }, { id: 23 }] }],
    ['the previous event does not tell its labels', { labels: undefined }],
  ])('is unknown if %s, and so are all changes', async (_what, earlier) => {
    for (const key of ['client_label_added', 'tutor_label_added', 'job_label_added']) {
      const labels = key === 'client_label_added' ? earlier : {};
      expect(await recordOf(key, { earlier: { ...labels, title: 'Dr' } })).toMatchObject({
        changes_known: false,
        changes_unknown_because: expect.stringMatching(/^A label was added, but the labels of this event/),
        changes: null,
        added_labels: null,
        previous_status: null,
      });
    }
  });

  it.each(['client_label_added', 'tutor_label_added', 'student_label_added', 'job_label_added'])(
    'does not run %s again if the previous event is the same one, whatever the choice about unknown changes',
    async (key) => {
      const { sampleEvent } = relayed(key);
      const { labels } = sampleEvent.subject;
      expect(labels).not.toEqual([]);
      const event = { ...sampleEvent, timestamp: '2026-06-10T17:05:00.000000Z' };
      const runs = async (earlier: JsonObject, changes: Partial<TutorCruncherEvent> = {}) => {
        const inputs = [{}, { skip_when_unknown: false }];
        const before = { ...event, ...changes, subject: { ...sampleEvent.subject, ...earlier } };
        return Promise.all(inputs.map(async (choices) => (await sendAfter(relayed(key), before, choices)).length));
      };
      expect(await runs({})).toEqual([0, 0]);
      expect(await runs({ labels: (labels as unknown[]).toReversed() })).toEqual([0, 0]);
      expect(await runs({ labels: [] })).toEqual([1, 1]);
      expect(await runs({ labels: [...(labels as unknown[]), { id: 99, name: 'Another' }] })).toEqual([1, 1]);
      expect(await runs({}, { action: 'EDITED_A_RECORD' })).toEqual([1, 1]);
    },
  );
});
