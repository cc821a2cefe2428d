import { describe, expect, it } from '@jest/globals';

import { selectsDelivery } from '../../wire/action-filter.ts';
import { ActionReader, actionsOf } from '../action-reader.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';

const KB = 1024;

/** Returns a body with one event, padded to a length. */
const padded = (length: number) => Buffer.from(bodyOf('A').toString().padEnd(length));
/** Returns a body with events whose actions are all different. */
const withActions = (count: number) =>
  Buffer.from(JSON.stringify({ events: Array.from({ length: count }, (_, index) => ({ action: `A${index}` })) }));
/** Returns a body with an event, and a value beside it. */
const withValue = (json: string) => Buffer.from(`{"events": [{"action": "A", "subject": ${json}}]}`);

/** Returns the duration of a call in milliseconds. */
function duration(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

describe('actionsOf', () => {
  it.each<[string, string[]]>([
    [bodyOf('A').toString(), ['A']],
    ['{"events": [{"action": "A"}, {"action": "B"}, {"action": "A"}, null, {"action": 7}]}', ['A', 'B']],
    ['{"events": {}}', []],
    ['{"id": 1}', []],
    ['[]', []],
    ['null', []],
    ['not json', []],
    ['', []],
    ['['.repeat(1_000), []],
  ])('returns the distinct actions of %j', (body, actions) => {
    expect(actionsOf(Buffer.from(body))).toEqual(actions);
  });

  it('reads a large body that is made as TutorCruncher makes them', () => {
    const qualification = { id: 1, name: 'Maths, "A" level [2019]: {first}', level: { id: 2 }, grade: null };
    const subject = JSON.stringify({ qualifications: Array.from({ length: 1500 }, () => qualification) });
    expect(subject.length).toBeGreaterThan(120 * KB);
    expect(actionsOf(withValue(subject))).toEqual(['A']);
  });

  it('returns null for a body of more than 256 kB', () => {
    expect(actionsOf(padded(256 * KB))).toEqual(['A']);
    expect(actionsOf(padded(256 * KB + 1))).toBeNull();
  });

  it('returns null for a body with more than 100 actions, more than 1,000 events, or no end of nesting', () => {
    expect(actionsOf(withActions(100))).toHaveLength(100);
    expect(actionsOf(withActions(101))).toBeNull();
    const events = (count: number) => Buffer.from(`{"events": [${Array(count).fill('{"action":"A"}').join()}]}`);
    expect(actionsOf(events(1_000))).toEqual(['A']);
    expect(actionsOf(events(1_001))).toBeNull();
    const nested = (depth: number) => withValue(`${'['.repeat(depth)}"${'x'.repeat(5 * KB)}"${']'.repeat(depth)}`);
    expect(actionsOf(nested(61))).toEqual(['A']);
    expect(actionsOf(nested(62))).toBeNull();
  });

  it.each(['[],', '{},', '1,', '"a":', '['])('takes at most 20 ms for any length of %s', (part) => {
    for (const length of [10_000 * KB, 250 * KB]) {
      const body = withValue(part.repeat(length / part.length));
      actionsOf(body);
      const read = () => {
        expect(actionsOf(body)).toBeNull();
      };
      expect(Math.min(...[1, 2, 3].map(() => duration(read)))).toBeLessThan(20);
    }
  });
});

describe('ActionReader', () => {
  it('stops reading the larger bodies of a channel that have taken 25 ms in a second', () => {
    let now = 0;
    // Each body takes 10 ms.
    const reader = new ActionReader(() => (now += 5));
    const read = (channel: string) => reader.actionsOf(channel, padded(5 * KB));
    expect([1, 2, 3, 4, 5, 6, 7].map(() => read(CHANNEL))).toEqual([['A'], ['A'], ['A'], ['A'], ['A'], null, null]);
    expect(read(OTHER_CHANNEL)).toEqual(['A']);
    expect(reader.actionsOf(CHANNEL, bodyOf('A'))).toEqual(['A']);
    now = 1_000;
    expect(read(CHANNEL)).toEqual(['A']);
  });
});

describe('selectsDelivery', () => {
  it('compares 100 actions with 200 filters of 500 actions within 15 ms', () => {
    const action = (name: string) => name.padStart(100, 'LONG_PREFIX_');
    // Parsed, as in a relay: each string is a copy of its own.
    const copy = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
    const actions = copy(Array.from({ length: 100 }, (_, index) => action(`SENT_${1000 + index}`)));
    const filters = Array.from({ length: 200 }, () =>
      copy({ actions: Array.from({ length: 500 }, (_, index) => action(`WANT_${1000 + index}`)) }),
    );
    const match = () => {
      expect(filters.some((filter) => selectsDelivery(filter, actions))).toBe(false);
    };
    match();
    expect(Math.min(...[1, 2, 3].map(() => duration(match)))).toBeLessThan(15);
  });
});
