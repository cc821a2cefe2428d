import { describe, expect, it } from '@jest/globals';

import { eventsOf } from '../../wire/delivery.ts';
import { subjectAndTimeOf, subjectOf } from '../../wire/subject.ts';

const LONG = '12345678901234567890';

describe('the subject and the time of an event', () => {
  const event = (fields: object) => ({ action: 'A', ...fields });

  it.each<readonly [model: unknown, id: unknown, word: string | null, digits: string | null]>([
    ['Appointment', 7, 'lesson', '7'],
    ['Lesson', '7', 'lesson', '7'],
    ['Client', LONG, 'client', LONG],
    ['Unknown', 0, null, '0'],
    [undefined, 1.5, null, null],
    ...[`${LONG}1`, 'x', '7x', 'x7', ['7'], null].map((id) => ['Client', id, 'client', null] as const),
  ])('of model %j with the id %j is %j %j', (model, id, word, digits) => {
    expect(subjectAndTimeOf(event({ subject: { model, id } }))).toMatchObject({ model: word, subjectId: digits });
  });

  it.each([undefined, null, 'text', 7, [{ id: 7 }]])('are empty for the subject %j', (subject) => {
    expect(subjectOf(event({ subject }))).toEqual({});
    expect(subjectAndTimeOf(event({ subject }))).toEqual({ model: null, subjectId: null, eventTime: null });
  });

  it.each<readonly [timestamp: unknown, time: number | null]>([
    ['2026-06-10T18:05:00.123456Z', 1781114700123],
    ['2026-06-10T18:05:00Z', 1781114700000],
    ['2026-06-10T20:05:00+02:00', 1781114700000],
    ...['2026-06-10T18:05:00Z or so', '12026-06-10T18:05:00Z', '2026-06-10T18:05:00.1234567890Z'].map(
      (timestamp) => [timestamp, null] as const,
    ),
    ...['2026-06-10T18:05:00', '2026-13-10T18:05:00Z', '2026-06-10', 'soon'].map(
      (timestamp) => [timestamp, null] as const,
    ),
    ...[1781114700000, null, undefined].map((timestamp) => [timestamp, null] as const),
  ])('with the timestamp %j are at %j', (timestamp, time) => {
    expect(subjectAndTimeOf(event({ timestamp })).eventTime).toBe(time);
  });
});

describe('the id of a subject', () => {
  const URL = 'https://app.tutorcruncher.com/api/reports/1207/';

  it.each<[subject: object, id: unknown]>([
    [{ url: URL }, 1207],
    [{ id: null, url: URL.slice(0, -1) }, 1207],
    [{ id: 5, url: URL }, 5],
    [{ id: '', url: URL }, ''],
    [{ url: 'https://app.tutorcruncher.com/reports/1207/' }, undefined],
    [{ url: `https://app.tutorcruncher.com/api/reports/${LONG}/` }, undefined],
    [{ url: `https://app.tutorcruncher.com/api/reports/${LONG.slice(0, 16)}/` }, undefined],
    [{ url: `${URL}edit/` }, undefined],
    [{ url: 1207 }, undefined],
    [{}, undefined],
  ])('takes the id of a subject that has none from its URL: %j', (subject, id) => {
    const [event] = eventsOf(JSON.stringify({ events: [{ action: 'A', subject }] }));
    expect(event?.subject).toEqual(id === undefined ? subject : { ...subject, id });
  });
});
