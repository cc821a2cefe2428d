import { describe, expect, it } from '@jest/globals';

import { eventsOf, hasSubject } from '../../wire/delivery.ts';

describe('eventsOf', () => {
  it('returns the events of a delivery in order, with all their fields', () => {
    const events = [
      { action: 'A', subject: { id: 1 } },
      { action: 'B', extra: [1] },
    ];
    expect(eventsOf(JSON.stringify({ request_time: 1, events }))).toEqual(events);
  });

  it('keeps the digits of integers that are not safe numbers', () => {
    const body = '{"events": [{"action": "A", "subject": {"id": 9007199254740993}}]}';
    expect(eventsOf(body)).toEqual([{ action: 'A', subject: { id: '9007199254740993' } }]);
  });

  it.each([
    ['{12345678901234567890: 1, "events": [{"action": "A"}]}'],
    ['{"events": [{"action": "A", "id": 012345678901234567890}]}'],
  ])('returns no events for a text that quotation marks would turn into JSON: %s', (body) => {
    expect(eventsOf(body)).toEqual([]);
  });

  it('omits elements without an action', () => {
    const events = [null, 1, 'x', [], {}, { action: 7 }, { action: 'A' }];
    expect(eventsOf(JSON.stringify({ events }))).toEqual([{ action: 'A' }]);
  });

  it.each([
    ['text', 'not json'],
    ['an empty body', ''],
    ['a number', '42'],
    ['null', 'null'],
    ['a list of events', '[{"action": "A"}]'],
    ['an object without events', '{"id": 402}'],
    ['events that are not a list', '{"events": {"0": {"action": "A"}}}'],
    ['events that are null', '{"events": null}'],
  ])('returns no events for %s', (_body, body) => {
    expect(eventsOf(body)).toEqual([]);
  });
});

describe('hasSubject', () => {
  it.each([
    [{}, true],
    [null, false],
    [[], false],
    ['x', false],
    [undefined, false],
  ])('accepts only an object as the subject: %j is %j', (subject, expected) => {
    expect(hasSubject({ action: 'A', subject })).toBe(expected);
  });
});
