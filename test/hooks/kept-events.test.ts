import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { EventFilter } from '../../src/choices/event-filter.ts';
import {
  keep,
  read,
  verify,
  type KeptEvent,
  type ReceivedDelivery,
  type SignedDelivery,
} from '../../src/hooks/kept-events.ts';
import { sign } from '../../wire/signature.ts';

const ALL: EventFilter = { actions: { all_except: [] }, object: null };
const event = (action: string, subject: unknown = { model: 'Lesson', id: 1 }) => ({ action, subject });

function signed(body: unknown, privateKey = PRIVATE_KEY): SignedDelivery {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  return { content, headers: { 'Http-Webhook-Signature': sign(content, privateKey) } };
}

/**
 * Verifies and reads a delivery. Returns the events that match the filter, or the reason why the delivery is refused.
 */
function keptEvents(delivery: ReceivedDelivery, filter: EventFilter): { events: KeptEvent[] } | { refusal: string } {
  const verified = verify(delivery, PRIVATE_KEY);
  return 'refusal' in verified ? verified : { events: keep(read(verified), filter) };
}

/** Returns the kept events of a delivery without earlier deliveries, or the reason why the delivery is refused. */
function kept(body: unknown, filter = ALL): object {
  const result = keptEvents({ ...signed(body), previous: null, burst: [], isRepeat: false }, filter);
  return 'events' in result ? { events: result.events.map(({ event }) => event) } : result;
}

describe('the events of a delivery', () => {
  it('returns the events that match the filter, in order', () => {
    const events = [event('A'), event('B'), event('C'), event('A', { model: 'Job', id: 2 })];
    expect(kept({ events }, { actions: { actions: ['A', 'C'] }, object: 'lesson' })).toEqual({
      events: [events[0], events[2]],
    });
  });

  it('returns the refusal of a signature instead of events', () => {
    const delivery = { content: '{}', headers: {}, previous: signed({ events: [event('A')] }), burst: [] };
    expect(keptEvents(delivery, ALL)).toEqual({ refusal: 'no-signature' });
  });

  it('returns the refusal of a body with more than 20,000 keys in a subject', () => {
    const withKeys = (count: number) => ({
      events: [event('A', Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0])))],
    });
    expect(kept(withKeys(20_000))).toEqual(withKeys(20_000));
    expect(kept(withKeys(20_001))).toEqual({ refusal: 'too-many-keys' });
  });

  it('skips events without a subject', () => {
    const [first, last] = [event('A'), event('A', { model: 'Job', id: 2 })];
    expect(kept({ events: [first, event('A', null), { action: 'A' }, last] })).toEqual({ events: [first, last] });
  });

  it('shows whether the relay has received the same webhook before, and whether an event is one of several', () => {
    const delivery = { ...signed({ events: [event('A')] }), previous: null, burst: [] };
    const several = { ...signed({ events: [event('A'), event('B')] }), previous: null, burst: [] };
    expect(keptEvents({ ...delivery, isRepeat: true }, ALL)).toMatchObject({ events: [{ isRepeat: true }] });
    expect(keptEvents(delivery, ALL)).toEqual({
      events: [{ event: event('A'), previous: null, burst: [], isRepeat: false }],
    });
    expect(keptEvents({ ...several, isRepeat: true }, ALL)).toMatchObject({
      events: Array(2).fill({ isRepeat: true, isOneOfSeveral: true }),
    });
  });

  it('reads the same text that it verifies if a body contains a lone surrogate', () => {
    const body = JSON.stringify({ events: [event('A')] }).replace('A', '\ud800');
    const headers = { 'Webhook-Signature': sign(body, PRIVATE_KEY) };
    const delivery = { content: body, headers, previous: null, burst: [], isRepeat: false };
    expect(keptEvents(delivery, ALL)).toEqual({
      events: [{ event: event('\ufffd'), previous: null, burst: [], isRepeat: false }],
    });
  });

  it('returns no events if the delivery nests deeper than 200 levels', () => {
    // The delivery, the list of events, the event and the subject add four levels.
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const delivery = (levels: number) => ({ events: [event('A', { model: 'Lesson', x: nested(levels) })] });
    expect(kept(delivery(196))).toEqual(delivery(196));
    expect(kept(delivery(197))).toEqual({ events: [] });
  });
});

describe('the event that a kept event is compared with', () => {
  const DAY = '2026-06-10T';
  const lesson = (time: string, changes: object = {}) => ({
    action: 'A',
    branch: 3268,
    timestamp: `${DAY}${time}Z`,
    subject: { model: 'Appointment', id: 7 },
    ...changes,
  });
  const NOW = lesson('18:00:00.500000');
  const EARLIER = lesson('17:00:00');

  /** Returns the kept events of a delivery that has a previous delivery. */
  const compared = (
    previous: SignedDelivery | null,
    now: unknown = { events: [NOW] },
    filter = ALL,
  ): ReturnType<typeof keptEvents> => keptEvents({ ...signed(now), previous, burst: [] }, filter);
  /** Asserts that the event is kept, but without the event of the previous delivery. */
  const expectUnknown = (previous: SignedDelivery) => {
    expect(compared(previous)).toEqual({ events: [{ event: NOW, previous: null, burst: [], isRepeat: false }] });
  };

  it('is the event of the previous delivery', () => {
    expect(compared(signed({ events: [EARLIER] }))).toEqual({
      events: [{ event: NOW, previous: EARLIER, burst: [], isRepeat: false }],
    });
    expect(compared(null)).toEqual({ events: [{ event: NOW, previous: null, burst: [], isRepeat: false }] });
  });

  it.each<[what: string, earlier: object]>([
    ['of another action', lesson('17:00:00', { action: 'B' })],
    ['a millisecond earlier', lesson('18:00:00.499999')],
    ['in another time zone', lesson('', { timestamp: `${DAY}19:30:00+02:00` })],
    ['that names the model differently', lesson('17:00:00', { subject: { model: 'Lesson', id: '7' } })],
    ['whose branch is text', lesson('17:00:00', { branch: '3268' })],
  ])('may be one %s', (_what, earlier) => {
    expect(compared(signed({ events: [earlier] }))).toEqual({
      events: [{ event: NOW, previous: earlier, burst: [], isRepeat: false }],
    });
  });

  it.each<[what: string, previous: unknown]>([
    ['has another id', { events: [lesson('17:00:00', { subject: { model: 'Lesson', id: 8 } })] }],
    ['has no id', { events: [lesson('17:00:00', { subject: { model: 'Lesson' } })] }],
    ['has another model', { events: [lesson('17:00:00', { subject: { model: 'Service', id: 7 } })] }],
    ['has an unknown model', { events: [lesson('17:00:00', { subject: { model: 'Unknown', id: 7 } })] }],
    ['belongs to another branch', { events: [lesson('17:00:00', { branch: 3269 })] }],
    ['belongs to no branch', { events: [lesson('17:00:00', { branch: null })] }],
    ['is later', { events: [lesson('18:00:01')] }],
    ['happened in the same millisecond', { events: [lesson('18:00:00.500999')] }],
    ['is the event itself', { events: [NOW] }],
    ['has no time', { events: [lesson('', { timestamp: null })] }],
    ['has a time without a zone', { events: [lesson('', { timestamp: `${DAY}17:00:00` })] }],
    ['has no subject', { events: [lesson('17:00:00', { subject: null })] }],
    ['is one of several', { events: [EARLIER, lesson('16:00:00')] }],
    ['nests too deeply', { events: [EARLIER], x: JSON.parse('['.repeat(300) + ']'.repeat(300)) as unknown }],
    ['is not JSON', '{"events": ['],
  ])('is unknown if the event of the previous delivery %s', (_what, previous) => {
    expectUnknown(signed(previous));
  });

  it.each<[what: string, headers: SignedDelivery['headers']]>([
    ['with another key', signed({ events: [EARLIER] }, 'another-private-key-of-nobody-0123456789').headers],
    ['not at all', {}],
  ])('is unknown if the previous delivery is signed %s', (_what, headers) => {
    expectUnknown({ ...signed({ events: [EARLIER] }), headers });
  });

  it.each<[what: string, now: object]>([
    ['the delivery has several events', { events: [NOW, lesson('18:00:00', { action: 'B' })] }],
    ['its subject has no id', { events: [lesson('18:00:00', { subject: { model: 'Lesson' } })] }],
    ['its subject is of an unknown model', { events: [lesson('18:00:00', { subject: { model: 'Unknown', id: 7 } })] }],
    ['it has no time', { events: [lesson('', { timestamp: undefined })] }],
  ])('is unknown if %s', (_what, now) => {
    const filter = { ...ALL, actions: { actions: ['A'] } };
    expect(compared(signed({ events: [EARLIER] }), now, filter)).toMatchObject({ events: [{ previous: null }] });
  });

  it('need not match the filter', () => {
    const earlier = lesson('17:00:00', { action: 'B', subject: { model: 'Lesson', id: 7, status: 'planned' } });
    const filter: EventFilter = { actions: { actions: ['A'] }, object: 'lesson', where: { status: ['complete'] } };
    expect(compared(signed({ events: [earlier] }), { events: [NOW] }, filter)).toMatchObject({
      events: [{ previous: earlier }],
    });
    expect(compared(signed({ events: [NOW] }), { events: [earlier] }, filter)).toEqual({ events: [] });
  });
});

describe('the events of the burst', () => {
  const lesson = (seconds: number, changes: object = {}) => ({
    action: 'A',
    branch: 3268,
    timestamp: `2026-06-10T18:00:0${seconds}Z`,
    subject: { model: 'Appointment', id: 7 },
    ...changes,
  });
  const NOW = lesson(5);
  const FILTER: EventFilter = { actions: { actions: ['A'] }, object: 'lesson' };

  /** Returns the bursts of the kept events. */
  const burstOf = (...burst: readonly SignedDelivery[]) => {
    const result = keptEvents({ ...signed({ events: [NOW] }), previous: null, burst }, FILTER);
    return 'events' in result ? result.events.map((kept) => kept.burst) : result;
  };
  const signedEvents = (...events: readonly unknown[]) => signed({ events });

  it('are in the order of their times, also if they are later, and show which of them the filter selects', () => {
    const [one, two, later] = [lesson(1), lesson(2, { action: 'B' }), lesson(7)];
    expect(burstOf(signedEvents(later), signedEvents(one), signedEvents(two))).toEqual([
      [
        { event: one, isSelected: true },
        { event: two, isSelected: false },
        { event: later, isSelected: true },
      ],
    ]);
  });

  it('with the same time are in the order of the envelope', () => {
    const [one, two] = [lesson(5, { verb: 'one' }), lesson(5, { verb: 'two' })];
    expect(burstOf(signedEvents(one), signedEvents(two))).toMatchObject([[{ event: one }, { event: two }]]);
  });

  it.each<[what: string, delivery: SignedDelivery]>([
    ['is not signed with the private key', signed({ events: [lesson(2)] }, 'another-private-key-of-nobody-0123456789')],
    ['is about another subject', signedEvents(lesson(2, { subject: { model: 'Appointment', id: 8 } }))],
  ])('do not include an event that %s', (_what, delivery) => {
    expect(burstOf(signedEvents(lesson(1)), delivery, signedEvents(lesson(3)))).toMatchObject([
      [{ event: lesson(1) }, { event: lesson(3) }],
    ]);
  });
});
