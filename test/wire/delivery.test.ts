import { describe, expect, it } from '@jest/globals';

import { eventsOf, hasSubject, hasTooManyKeys } from '../../wire/delivery.ts';

const LONG = '12345678901234567890';

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

  it('omits elements without an action', () => {
    const events = [null, 1, 'x', [], {}, { action: 7 }, { action: 'A' }];
    expect(eventsOf(JSON.stringify({ events }))).toEqual([{ action: 'A' }]);
  });

  it.each([
    ...['not json', '', '42', 'null', '[{"action": "A"}]', '{"id": 402}', '{"events": null}'],
    '{"events": {"0": {"action": "A"}}}',
    // Putting the long integers in quotation marks would turn these invalid texts into valid JSON.
    `{${LONG}: 1, "events": [{"action": "A"}]}`,
    `{"events": [{"action": "A", "id": 0${LONG}}]}`,
  ])('returns no events for %j', (body) => {
    expect(eventsOf(body)).toEqual([]);
  });
});

it('hasSubject accepts only an object', () => {
  const accepted = [{}, null, [], 'x', undefined].map((subject) => hasSubject({ action: 'A', subject }));
  expect(accepted).toEqual([true, false, false, false, false]);
});

describe('hasTooManyKeys', () => {
  const fields = (count: number, entry = '"field": 1'): string => Array<string>(count).fill(entry).join();
  const withSubjects = (...subjects: string[]): string =>
    `{"events": [${subjects.map((subject) => `{"action": "A", "subject": {${subject}}}`).join()}]}`;

  it('counts the keys of a subject at all levels', () => {
    const nested = (count: number) => withSubjects(`"x": [{${fields(10_000)}}, {"y": {${fields(count)}}}]`);
    expect([withSubjects(fields(20_000)), nested(9_998)].map(hasTooManyKeys)).toEqual([false, false]);
    const bodies = [withSubjects(fields(20_001)), withSubjects(fields(20_001, '"":0')), nested(9_999)];
    expect(bodies.map(hasTooManyKeys)).toEqual([true, true, true]);
    expect(eventsOf(withSubjects(fields(20_000)))).toHaveLength(1);
    expect(eventsOf(withSubjects(fields(20_001)))).toEqual([]);
  });

  it('counts the keys of each event separately', () => {
    expect(hasTooManyKeys(withSubjects(fields(15_000), fields(15_000)))).toBe(false);
    expect(hasTooManyKeys(withSubjects(fields(15_000), fields(20_001)))).toBe(true);
    expect(hasTooManyKeys(`{"events": [], ${fields(30_000)}}`)).toBe(false);
    const afterList = `"list": [], ${fields(15_000)}`;
    expect(hasTooManyKeys(withSubjects(afterList, afterList))).toBe(false);
  });

  it('does not count colons in strings', () => {
    for (const text of ['::::::::', '\\":\\":', '{\\\\', '\\\\\\":[']) {
      expect(hasTooManyKeys(withSubjects(fields(20_000, `"field": "${text}"`)))).toBe(false);
      expect(hasTooManyKeys(withSubjects(fields(20_001, `"field": "${text}"`)))).toBe(true);
    }
  });

  it.each(['"', '{', '}', '[', ':', '\\', '"\\'])('returns false for a body that only repeats %j', (part) => {
    expect(hasTooManyKeys(part.repeat(200_000))).toBe(false);
  });
});
