/** Events about added labels, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { areLabelAdditions } from '../../src/instant/added-labels.ts';
import { sampleRecord } from '../../src/instant/sample-record.ts';
import { relayedView } from '../support/relayed-view.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { loadRelayedTriggers, sendAfter, type SentEvent, onlyRecord } from '../support/relayed-triggers.ts';

const FILTER = { actions: { actions: [] }, object: 'client' as const };
const ADDED = 'ADDED_A_LABEL_TO_A_USER';
const VIP = { id: 3, name: 'VIP' };
const WEEKEND = { id: 21, name: 'Weekend' };

const relayed = await loadRelayedTriggers();

const recordOf = (key: string, event: SentEvent) => onlyRecord(relayed(key), event);

it.each<[actions: readonly string[], expected: boolean]>([
  [[ADDED], true],
  [[ADDED, 'ADDED_A_LABEL_TO_A_SERVICE'], true],
  [[ADDED, 'EDITED_A_CLIENT'], false],
  [[], false],
])('the actions %j add a label: %j', (actions, expected) => {
  expect(areLabelAdditions(actions)).toBe(expected);
});

it.each<[earlier: JsonObject, isKnown: boolean, added: string | null]>([
  [{ labels: [WEEKEND] }, true, 'VIP'],
  [{ labels: [WEEKEND, VIP] }, false, null],
  [{ labels: [] }, false, null],
  [{}, false, null],
])('after an event with %j, an added label is known: %j', (earlier, changes_known, added_labels) => {
  const subject = { model: 'Client', id: 5, last_name: 'Raman' };
  const event = { ...client.sample, action: ADDED, subject: { ...subject, labels: [WEEKEND, VIP] } };
  const previous = {
    ...event,
    action: 'EDITED_A_CLIENT',
    timestamp: '2026-06-10T18:04:00Z',
    subject: { ...subject, ...earlier },
  };
  const record = sampleRecord({ event, previous, burst: [] }, FILTER, relayedView(client));
  expect(record).toMatchObject({ changes_known, added_labels });
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
