/** The records of sample events. */

import { expect, it } from '@jest/globals';

import { CLASS_LESSON, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import { sampleRecord } from '../../src/instant/sample-record.ts';
import { relayedView } from '../support/relayed-view.ts';

const FILTER = { actions: { actions: [] }, object: 'client' as const };
const event = { ...client.sample, action: 'EDITED_A_CLIENT' };
const previous = { ...event, timestamp: '2026-06-10T18:04:00Z', subject: { ...event.subject, last_name: 'Shah' } };

it('the record of a sample shows the change since the previous event', () => {
  const record = sampleRecord({ event, previous, burst: [] }, FILTER, relayedView(client));
  expect(record).toMatchObject({ client_last_name: 'Raman', changes_known: true, changed_fields: 'Client Last Name' });
});

it('a sample event whose change the trigger does not want has no record', () => {
  const filter = { ...FILTER, changes: { condition: () => false } };
  expect(sampleRecord({ event, previous, burst: [] }, filter, relayedView(client))).toEqual({});
});

it('the record of a deletion shows what the previous event tells', () => {
  const deletion = { ...event, action: 'DELETED_A_CLIENT', subject: { model: 'Client', id: 301 } };
  const recordAfter = (before: typeof previous | null) =>
    sampleRecord({ event: deletion, previous: before, burst: [] }, FILTER, relayedView(client));
  expect(recordAfter(previous)).toMatchObject({ client_id: 301, client_last_name: 'Shah' });
  expect(recordAfter(null)).toMatchObject({ client_id: 301, client_last_name: null });
});

it('the record names the changed people only in a trigger about these people', () => {
  const before = { ...lesson.sample, action: 'CREATED_AN_APPOINTMENT', timestamp: '2026-06-10T18:04:00Z' };
  const subject = { ...lesson.sample.subject, ...CLASS_LESSON };
  const added = { ...lesson.sample, action: 'ADDED_CONTRACTOR_TO_APPOINTMENT', subject };
  const kept = {
    event: added,
    previous: { ...before, subject: { ...subject, cjas: TUTOR_ROWS.slice(0, 1) } },
    burst: [],
  };
  const recordWith = (namesPeople: boolean) =>
    sampleRecord(kept, { ...FILTER, object: 'lesson' }, { ...relayedView(lesson), namesPeople });
  expect(recordWith(true)).toMatchObject({ changed_people: 'Samuel Okoro', changed_people_ids: '403' });
  expect(recordWith(false)).not.toHaveProperty('changed_people');
});
