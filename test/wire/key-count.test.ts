import { describe, expect, it } from '@jest/globals';

import { eventsOf } from '../../wire/delivery.ts';
import { hasTooManyKeys } from '../../wire/key-count.ts';

const fields = (count: number, entry = '"field": 1'): string => Array<string>(count).fill(entry).join();
const withSubjects = (...subjects: string[]): string =>
  `{"events": [${subjects.map((subject) => `{"action": "A", "subject": {${subject}}}`).join()}]}`;

describe('hasTooManyKeys', () => {
  it('counts the keys of a subject at all levels', () => {
    expect(hasTooManyKeys(withSubjects(fields(20_000)))).toBe(false);
    expect(hasTooManyKeys(withSubjects(fields(20_001)))).toBe(true);
    expect(hasTooManyKeys(withSubjects(`"x": [{${fields(10_000)}}, {"y": {${fields(9_998)}}}]`))).toBe(false);
    expect(hasTooManyKeys(withSubjects(`"x": [{${fields(10_000)}}, {"y": {${fields(9_999)}}}]`))).toBe(true);
    expect(hasTooManyKeys(withSubjects(fields(20_001, '"":0')))).toBe(true);
  });

  it('counts the keys of each event separately', () => {
    expect(hasTooManyKeys(withSubjects(fields(15_000), fields(15_000)))).toBe(false);
    expect(hasTooManyKeys(withSubjects(fields(15_000), fields(20_001)))).toBe(true);
    expect(hasTooManyKeys(`{"events": [], ${fields(30_000)}}`)).toBe(false);
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

describe('eventsOf', () => {
  it('returns no events if one of them has too many keys', () => {
    expect(eventsOf(withSubjects(fields(20_000)))).toHaveLength(1);
    expect(eventsOf(withSubjects(fields(20_001)))).toEqual([]);
  });
});
