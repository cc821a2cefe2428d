import { describe, expect, it } from '@jest/globals';

import { bodyOf, CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { cpuTimeOf, shortestDuration } from '../../harness/shortest-duration.ts';
import { createRoutingReader, routingOf } from '../../sealing/routing-reader.ts';

const KB = 1024;

const actionsOf = (body: Buffer) => routingOf(body).actions;
const routingOfEvents = (...events: readonly object[]) => routingOf(Buffer.from(JSON.stringify({ events })));

const padded = (length: number) => Buffer.from(bodyOf('A').toString().padEnd(length));
const withActions = (count: number) =>
  Buffer.from(JSON.stringify({ events: Array.from({ length: count }, (_, index) => ({ action: `A${index}` })) }));
/** Returns a body with one event, whose subject is the given JSON. */
const withValue = (json: string) => Buffer.from(`{"events": [{"action": "A", "subject": ${json}}]}`);

describe('routingOf', () => {
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

  it('reads a large body in the format of TutorCruncher', () => {
    const qualification = { id: 1, name: 'Maths, "A" level [2019]: {first}', level: { id: 2 }, grade: null };
    const subject = JSON.stringify({ qualifications: Array.from({ length: 1500 }, () => qualification) });
    expect(subject.length).toBeGreaterThan(120 * KB);
    expect(actionsOf(withValue(subject))).toEqual(['A']);
  });

  const withEvents = (count: number) => Buffer.from(`{"events": [${Array(count).fill('{"action":"A"}').join()}]}`);
  const nested = (depth: number) => withValue(`${'['.repeat(depth)}"${'x'.repeat(5 * KB)}"${']'.repeat(depth)}`);
  const withKeys = (count: number) => withValue(`{${Array.from({ length: count }, (_, key) => `"f${key}":0`).join()}}`);
  it.each([
    ['256 kB', padded(256 * KB), padded(256 * KB + 1)],
    ['100 actions', withActions(100), withActions(101)],
    ['1,000 events', withEvents(1_000), withEvents(1_001)],
    ['64 levels', nested(61), nested(62)],
    ['as many keys as a Zap accepts', withKeys(15_000), withKeys(20_001)],
  ])('returns null for a body with more than %s', (_limit, most, tooMany) => {
    expect(actionsOf(most)).not.toBeNull();
    expect(actionsOf(tooMany)).toBeNull();
  });

  it.each(['[],', '{},', '1,', '"a":', '['])('takes at most 40 ms for any length of %s', async (part) => {
    for (const length of [10_000 * KB, 250 * KB]) {
      const body = withValue(part.repeat(length / part.length));
      const read = () => {
        expect(actionsOf(body)).toBeNull();
      };
      expect(await shortestDuration(40, () => cpuTimeOf(read))).toBeLessThan(40);
    }
  });

  it('reads the object, the id and the time of the only event', () => {
    const subject = { model: 'Service', id: 1234 };
    const event = { action: 'EDITED_A_SERVICE', subject, timestamp: '2026-06-10T18:05:00.123456Z' };
    const routing = { actions: ['EDITED_A_SERVICE'], model: 'job', subjectId: '1234', eventTime: 1781114700123 };
    expect(routingOfEvents(event)).toEqual({ ...routing, isConcern: false, hasSeveralEvents: false });
    const long = '{"events": [{"action": "A", "subject": {"model": "Lesson", "id": 12345678901234567890}}]}';
    expect(routingOf(Buffer.from(long))).toMatchObject({ model: 'lesson', subjectId: '12345678901234567890' });
  });

  it('reads no object, id or time from several events', () => {
    const events = [1, 2].map((id) => ({ action: 'A', subject: { model: 'Lesson', id } }));
    const unknown = { model: null, subjectId: null, eventTime: null };
    expect(routingOfEvents(...events)).toEqual({
      actions: ['A'],
      ...unknown,
      isConcern: false,
      hasSeveralEvents: true,
    });
  });

  it.each([
    { action: 'RAISED_A_WELLBEING_CONCERN' },
    { action: 'EDITED_A_WELL_BEING_NOTE', subject: {} },
    { action: 'A', subject: { model: 'Safeguarding/Wellbeing Concern' } },
    { action: 'A', subject: { model: 'Well-being concern' } },
  ])('recognizes a wellbeing concern by %j', (event) => {
    expect(routingOfEvents({ action: 'B' }, event).isConcern).toBe(true);
  });

  it('recognizes a wellbeing concern after any number of other names', () => {
    const actions = [...Array.from({ length: 2_500 }, (_, index) => `A${index}`), 'x'.repeat(200)];
    for (const action of actions) expect(routingOfEvents({ action }).isConcern).toBe(false);
    for (const action of ['SAFEGUARDING', 'SAFEGUARDING', `${'x'.repeat(200)}_WELLBEING`]) {
      expect(routingOfEvents({ action }).isConcern).toBe(true);
    }
  });
});

describe('the reader', () => {
  it('stops reading the larger bodies of a channel after they have taken 25 ms in a second', () => {
    let now = 0;
    // Each body takes 10 ms.
    const reader = createRoutingReader(() => (now += 5));
    const read = (channel: string) => reader(channel, padded(5 * KB)).actions;
    expect([1, 2, 3, 4, 5, 6, 7].map(() => read(CHANNEL))).toEqual([['A'], ['A'], ['A'], ['A'], ['A'], null, null]);
    expect(read(OTHER_CHANNEL)).toEqual(['A']);
    expect(reader(CHANNEL, bodyOf('A')).actions).toEqual(['A']);
    now = 1_000;
    expect(read(CHANNEL)).toEqual(['A']);
  });
});
