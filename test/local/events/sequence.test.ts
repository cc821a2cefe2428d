import { describe, expect, it } from '@jest/globals';

import {
  aboutClient,
  changed,
  clientCreated,
  clientDeleted,
  clientEdited,
  deliveriesOf,
  EDITED,
  eventWith,
  FIRST_OF_CLIENT,
  HOUR_SECONDS,
  lessonCreated,
  lessonEdited,
  none,
  rowsOf,
  sequence,
  statusChanged,
  TOWN_OR_MOBILE,
} from '../../../local/events/sequence.ts';
import { triggerOf } from '../../../local/hook-calls.ts';
import { client } from '../../../objects/client.ts';
import { note } from '../../../objects/note.ts';
import type { TutorCruncherEvent } from '../../../wire/delivery.ts';

interface Delivery {
  readonly request_time: number;
  readonly events: readonly TutorCruncherEvent[];
}

/** The start of all sequences. */
const START_SECONDS = Date.parse('2026-06-01T09:00:00Z') / 1000;
const { sample } = client;
const CLIENT_URL = 'https://app.tutorcruncher.com/api/clients/3099/';

/** Returns the deliveries of a sequence about a client. Each argument contains the events of a delivery. */
const sent = (...deliveries: readonly (readonly ReturnType<typeof clientEdited>[])[]): Delivery[] =>
  deliveriesOf({ object: client, id: 3099, deliveries }) as Delivery[];

describe('a sequence', () => {
  it('has a delivery for each step, and a row for each run', () => {
    const created = clientCreated(0, 'Created.');
    const edited = clientEdited(HOUR_SECONDS, 'Edited.', { town: 'Bath' });
    const silent = clientEdited(2 * HOUR_SECONDS, 'Edited again.');
    const both = changed('Client Town: Bristol → Bath', 'Client Mobile: 1 → 2');
    expect(
      sequence(
        'a client is edited',
        client,
        3099,
        [created, FIRST_OF_CLIENT],
        [edited, [EDITED, both], ['town', none]],
        [silent],
      ),
    ).toEqual({
      title: 'a client is edited',
      object: client,
      id: 3099,
      deliveries: [[created], [edited], [silent]],
      rows: [
        ['Created.', 'any_event client_created', 'unknown'],
        ['Edited.', 'any_event client_updated', { changes: ['Client Town: Bristol → Bath', 'Client Mobile: 1 → 2'] }],
        ['Edited.', 'town', { changes: [] }],
      ],
    });
  });

  it('about a client starts with the creation of the client, with the given fields', () => {
    const edited = clientEdited(HOUR_SECONDS, 'Edited.');
    const { title, object, id, deliveries, rows } = aboutClient('of a client', 3099, { town: 'Bath' }, [
      edited,
      [TOWN_OR_MOBILE, none],
    ]);
    expect([title, object, id]).toEqual(['of a client', client, 3099]);
    expect(deliveries).toEqual([[clientCreated(0, 'Created.', { town: 'Bath' })], [edited]]);
    expect(rows).toEqual(
      rowsOf([
        [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
        [edited, ['any_event client_updated town town_known', { changes: [] }]],
      ]),
    );
  });
});

it.each([
  ['client_created', clientCreated],
  ['client_updated', clientEdited],
  ['client_deleted', clientDeleted],
  ['client_status_changed', statusChanged],
  ['lesson_created', lessonCreated],
  ['lesson_updated', lessonEdited],
])('an event of %s has the action and the verb that start the trigger', (key, eventAt) => {
  const { action, verb } = triggerOf(key).sampleEvent;
  expect(eventAt(5, 'Hello.', { town: 'Bath' })).toEqual({
    action,
    verb,
    at: 5,
    message: 'Hello.',
    fields: { town: 'Bath' },
  });
  expect(eventAt(5, 'Hello.').fields).toEqual({});
});

describe('the deliveries of a sequence', () => {
  it('contain the sample with the id of the record, the fields, the texts and the time of each event', () => {
    const deliveries = sent(
      [clientCreated(0, 'Created.')],
      [clientEdited(HOUR_SECONDS + 0.25, 'Edited.', { town: 'Bath', labels: [] })],
    );
    const subject = { ...sample.subject, id: 3099, url: CLIENT_URL };
    const [at, later] = ['2026-06-01T09:00:00.000000Z', '2026-06-01T10:00:00.250000Z'];
    expect(deliveries).toEqual([
      {
        request_time: START_SECONDS,
        events: [
          {
            ...sample,
            action: 'CREATED_A_CLIENT',
            verb: 'Created a Client',
            timestamp: at,
            extra_msg: 'Created.',
            subject: { ...subject, last_updated: at },
          },
        ],
      },
      {
        request_time: START_SECONDS + HOUR_SECONDS,
        events: [
          {
            ...sample,
            action: 'EDITED_A_CLIENT',
            verb: 'Edited a Client',
            timestamp: later,
            extra_msg: 'Edited.',
            subject: { ...subject, town: 'Bath', labels: [], last_updated: later },
          },
        ],
      },
    ]);
  });

  it('have the time of their last event, and keep the order of their events', () => {
    const [delivery] = sent([clientEdited(90, 'Late.'), clientEdited(30, 'Early.')]);
    expect(delivery?.request_time).toBe(START_SECONDS + 90);
    expect(delivery?.events.map(({ extra_msg }) => extra_msg)).toEqual(['Late.', 'Early.']);
  });

  it('contain the time of an edit that the fields of an event set', () => {
    const last_updated = '2026-05-01T09:00:00.000000Z';
    const [delivery] = sent([clientEdited(30, 'Edited.', { last_updated })]);
    expect(delivery?.events[0]).toMatchObject({ timestamp: '2026-06-01T09:00:30.000000Z', subject: { last_updated } });
  });

  it('contain no time of an edit if the sample has none', () => {
    expect(note.sample.subject).not.toHaveProperty('last_updated');
    const added = eventWith('CREATED_NOTE', 'Added a Note')(0, 'Added.', { text: 'Prefers calls.' });
    const [delivery] = deliveriesOf({ object: note, id: 3099, deliveries: [[added]] }) as Delivery[];
    const subject = delivery?.events[0]?.subject;
    expect(subject).toMatchObject({ id: 3099, text: 'Prefers calls.' });
    expect(subject).not.toHaveProperty('last_updated');
  });

  it('contain only the id, the address and the names of a record that is deleted', () => {
    const [delivery] = sent([clientDeleted(0, 'Deleted.', { last_name: 'Raman-Patel', town: 'Bath' })]);
    expect(delivery?.events[0]?.subject).toEqual({
      model: 'Client',
      id: 3099,
      url: CLIENT_URL,
      first_name: 'Priya',
      last_name: 'Raman-Patel',
    });
  });

  it('leave the sample as it is', () => {
    const before = JSON.stringify(sample);
    sent([clientEdited(0, 'Edited.', { town: 'Bath' })], [clientDeleted(1, 'Deleted.')]);
    expect(JSON.stringify(sample)).toBe(before);
  });
});
