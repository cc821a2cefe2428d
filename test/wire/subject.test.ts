import { describe, expect, it } from '@jest/globals';

import { subjectAndTimeOf, subjectOf } from '../../wire/subject.ts';

const event = (fields: object) => ({ action: 'A', ...fields });

describe('the subject of an event', () => {
  it.each([
    ['Appointment', 7, 'lesson', '7'],
    ['Lesson', '7', 'lesson', '7'],
    ['Client', '12345678901234567890', 'client', '12345678901234567890'],
    ['Client', '123456789012345678901', 'client', null],
    ['Unknown', 0, null, '0'],
    [undefined, 1.5, null, null],
    ['Client', 'x', 'client', null],
    ['Client', ['7'], 'client', null],
    ['Client', null, 'client', null],
  ])('of model %j with the id %j is %j %j', (model, id, word, digits) => {
    expect(subjectAndTimeOf(event({ subject: { model, id } }))).toMatchObject({ model: word, subjectId: digits });
  });

  it.each([undefined, null, 'text', 7, [{ id: 7 }]])('is empty if it is %j', (subject) => {
    expect(subjectOf(event({ subject }))).toEqual({});
    expect(subjectAndTimeOf(event({ subject }))).toEqual({ model: null, subjectId: null, eventTime: null });
  });
});

describe('the time of an event', () => {
  it.each([
    ['2026-06-10T18:05:00.123456Z', 1781114700123],
    ['2026-06-10T18:05:00Z', 1781114700000],
    ['2026-06-10T20:05:00+02:00', 1781114700000],
    ['2026-06-10T18:05:00', null],
    ['2026-13-10T18:05:00Z', null],
    ['2026-06-10', null],
    ['soon', null],
    [1781114700000, null],
    [null, null],
    [undefined, null],
  ])('with the timestamp %j is %j', (timestamp, time) => {
    expect(subjectAndTimeOf(event({ timestamp })).eventTime).toBe(time);
  });
});
