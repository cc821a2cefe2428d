/** The fields that describe a change in records of an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { triggerOf } from '../../local/hook-calls.ts';
import { loadRelayedTriggers, sendAfter, type SentEvent, onlyRecord } from '../support/relayed-triggers.ts';

const relayed = await loadRelayedTriggers();

const recordOf = (key: string, event: SentEvent) => onlyRecord(relayed(key), event);

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
});
