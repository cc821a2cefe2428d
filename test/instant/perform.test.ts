/** The records of one delivery, and the events that are refused or make no record. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { KeptEvent } from '../../src/hooks/kept-events.ts';
import type { Hook } from '../../src/hooks/relay-hook.ts';
import { perform, recordsOf } from '../../src/instant/perform.ts';
import type { TriggerParts } from '../../src/instant/trigger-parts.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZWith } from '../support/direct-z.ts';
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

describe('an event whose change is wanted', () => {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
  const KEPT = { previous: null, burst: [] };
  const change = { unknownBecause: 'no-earlier-event' } as const;
  const partsOf = (key: string): TriggerParts => {
    const { sampleEvent, sample, outputFields, ...parts } = triggerOf(key);
    return { ...parts, sampleEvent: () => sampleEvent, sample: () => sample, outputFields: () => outputFields };
  };
  const madeOf = (key: string, kept: KeptEvent, record?: JsonObject) => {
    const parts = partsOf(key);
    const locale = { ...NEUTRAL_LOCALE, branch: { id: 4021, name: 'Bristol' } };
    const run = StepRun.ofEvent(directZ, bundle);
    return recordsOf({ kept, change, record }, { parts, filter: parts.filter, lookups: [], run, locale });
  };

  it('is refused if it is of another branch, unless it was made from a record of the connection', async () => {
    const event = { ...triggerOf('client_updated').sampleEvent, branch: 17 };
    await expect(madeOf('client_updated', { ...KEPT, event })).rejects.toThrow('about a different branch');
    expect(await madeOf('client_updated', { ...KEPT, event }, event.subject)).toHaveLength(1);
  });

  it('makes no record for a student whose absence an earlier event has reported', async () => {
    const event = triggerOf('student_missed_lesson').sampleEvent;
    expect(await madeOf('student_missed_lesson', { ...KEPT, event })).toHaveLength(1);
    expect(await madeOf('student_missed_lesson', { ...KEPT, event, previous: event })).toEqual([]);
  });

  it.each([
    ['a wrong signature', 'another-private-key-of-nobody-0123', 1],
    ['no signature', null, 0],
  ])(
    'is refused because of %s, and reported only if the key of the connection may be wrong',
    async (_what, key, count) => {
      let reports = 0;
      const parts = partsOf('client_updated');
      const { body, headers } = requestFromTutorCruncher(deliveryOf(parts.sampleEvent()), key ?? PRIVATE_KEY);
      const hook: Hook = {
        display: {},
        operation: {},
        inputFields: [],
        open: () => Promise.resolve({ content: String(body), headers: key === null ? {} : headers, ...KEPT }),
        reportSignatures: () => {
          reports++;
          return Promise.resolve();
        },
        receivedEvents: () => Promise.resolve([]),
      };
      const z = directZWith(() => ({}));
      await expect(perform(z, bundle, hook, parts)).rejects.toMatchObject({ name: 'HaltedError' });
      expect(reports).toBe(count);
    },
  );
});
