/** The records of one delivery. */

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { deliver } from '../support/app-tester.ts';

it('events of one delivery with the same id make one record, which shows the first of them', async () => {
  const { sampleEvent } = triggerOf('lesson_completed');
  const again = { ...sampleEvent, subject: { ...sampleEvent.subject, topic: 'Sets' } };
  const other = { ...again, extra_msg: 'other' };
  expect(await deliver('lesson_completed', deliveryOf(sampleEvent, again, other))).toMatchObject([
    { lesson_topic: sampleEvent.subject.topic, event_message: sampleEvent.extra_msg },
    { lesson_topic: 'Sets', event_message: 'other' },
  ]);
});

describe('any_event', () => {
  const event = triggerOf('lesson_completed').sampleEvent;

  it('makes one record for each distinct event', async () => {
    const other = { ...event, timestamp: '2026-06-10T18:06:00.000000Z' };
    const records = await deliver('any_event', deliveryOf(event, other, event));
    expect(records.map(({ event_timestamp }) => event_timestamp)).toEqual([event.timestamp, other.timestamp]);
  });

  it.each([
    ['text', 'not json at all'],
    ['an empty body', ''],
    ['a public profile', { id: 402, branch_id: 4021, deleted: false, first_name: 'Hannah', request_time: 1 }],
    [
      "an event of TutorCruncher's sister product",
      { event_type: 'lesson.completed', organization_id: 99, data: { id: 1 } },
    ],
    ['an event with a null subject', { events: [{ ...event, subject: null }] }],
    ['an event with a list as subject', { events: [{ ...event, subject: [1] }] }],
    ['an event without an action', { events: [{ ...event, action: undefined }] }],
  ])('makes no record of a signed body without usable events: %s', async (_what, body) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    await expect(deliver('any_event', bytes)).resolves.toEqual([]);
  });
});
