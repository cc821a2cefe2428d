/** Tests of the rules of earlier states. `scenarios/kept-states.test.ts` tests how a store applies them. */

import { describe, expect, it } from '@jest/globals';

import {
  addState,
  earlierInBurst,
  hasSubject,
  MAX_EVENT_AHEAD_MS,
  MAX_BURST_MEMBERS,
} from '../../../store/deliveries/earlier-states.ts';
import type { EarlierStates, SubjectState } from '../../../store/deliveries/earlier-states.ts';
import { delivery, type DeliveryChanges } from '../../support/new-delivery.ts';

describe('a delivery', () => {
  const receivedAt = 1_000_000;

  it.each<[name: string, changes: DeliveryChanges, hasOne: boolean]>([
    ['with an event has a subject', {}, true],
    ['without content has none', { content: null }, false],
    ['about a concern has none', { isConcern: true }, false],
    ['without a model has none', { model: null }, false],
    ['without the id of its subject has none', { subjectId: null }, false],
    ['without an event time has none', { eventTime: null }, false],
    ['with an event of the next five minutes has a subject', { eventTime: receivedAt + MAX_EVENT_AHEAD_MS }, true],
    ['with an event after five minutes has none', { eventTime: receivedAt + MAX_EVENT_AHEAD_MS + 1 }, false],
  ])('%s', (_name, changes, hasOne) => {
    expect(hasSubject(delivery('A', { receivedAt, ...changes }))).toBe(hasOne);
  });
});

describe('a new delivery of a subject', () => {
  const [SEQ, T] = [9, 1_000_000];
  /** A burst that began with delivery 3, and whose newest delivery is 5. */
  const BURST: SubjectState = {
    seq: 5,
    eventTime: T + 1_000,
    receivedAt: T + 2_000,
    burstTime: T,
    burstSeq: 3,
    burstMembers: 2,
    earlierSeq: 1,
    earlierTime: T - 60_000,
    hasEnded: false,
  };
  const NEWEST = { seq: SEQ, receivedAt: T + 9_000 };
  const FIRST = { ...NEWEST, burstSeq: SEQ, burstMembers: 0, earlierSeq: null, earlierTime: null, hasEnded: false };
  const NEXT = { ...FIRST, earlierSeq: 5, earlierTime: T + 1_000 };
  const ended = { hasEnded: true };
  const full = { burstMembers: MAX_BURST_MEMBERS };
  const NONE: EarlierStates = { earlierSeq: null, burst: null };
  const OF_BURST: EarlierStates = { earlierSeq: 1, burst: 3 };
  const MEMBER = { ...NEWEST, burstMembers: 3 };

  it.each<
    [
      name: string,
      known: Partial<SubjectState> | null,
      time: number,
      state: Partial<SubjectState>,
      earlier: EarlierStates,
    ]
  >([
    ['is the first', null, 0, { ...FIRST, burstTime: T }, NONE],
    ['belongs to a burst for five seconds', {}, 5_000, MEMBER, OF_BURST],
    ['begins the next burst', {}, 5_001, { ...NEXT, burstTime: T + 5_001 }, { earlierSeq: 5, burst: null }],
    ['is the newest of the deliveries with the same time', {}, 1_000, MEMBER, OF_BURST],
    ['is not the newest', {}, 999, { seq: 5, eventTime: T + 1_000, burstMembers: 3 }, OF_BURST],
    ['belongs to the burst five seconds before it', {}, -5_000, { seq: 5, burstMembers: 3 }, OF_BURST],
    ['is late', {}, -5_001, BURST, NONE],
    ['is later than the previous state', { earlierTime: T - 1_000 }, -999, { seq: 5, earlierSeq: 1 }, OF_BURST],
    [
      'is not later than the previous state',
      { earlierTime: T - 1_000 },
      -1_000,
      { seq: 5, earlierSeq: 1 },
      { earlierSeq: null, burst: 3 },
    ],
    [
      'has no previous state in the first burst',
      { earlierSeq: null, earlierTime: null },
      1_000,
      { ...MEMBER, earlierSeq: null },
      { earlierSeq: null, burst: 3 },
    ],
    ['is not newer than the deletion', ended, 1_000, { ...BURST, ...ended }, NONE],
    ['is newer than the deletion', ended, 1_001, { ...FIRST, burstTime: T + 1_001 }, NONE],
    [
      'is the last delivery that the burst takes',
      { burstMembers: MAX_BURST_MEMBERS - 1 },
      1_000,
      { ...NEWEST, ...full },
      OF_BURST,
    ],
    ['is late if the burst is full', full, 1_000, { ...BURST, ...full }, NONE],
    [
      'begins the next burst because the burst is full',
      full,
      1_001,
      { ...NEXT, burstTime: T + 1_001 },
      { earlierSeq: 5, burst: null },
    ],
  ])('%s', (_name, known, time, state, earlier) => {
    const added = addState(known ? { ...BURST, ...known } : undefined, { ...NEWEST, eventTime: T + time });
    expect(added.earlier).toEqual(earlier);
    expect(added.state).toMatchObject(state);
    expect(added.state.eventTime).toBe(added.state.seq === SEQ ? T + time : T + 1_000);
  });
});

it('a delivery is compared with the first delivery of its burst, and with the seven newest others that arrived before it', () => {
  const [burst, bytes] = [1, 10];
  const members = [4, 1, 2, 3, 5, 7, 6, 8, 9, 11, 10].map((seq) => ({ seq, burst, bytes }));
  const seqsFor = (seq: number) => earlierInBurst(seq, members).map((member) => member.seq);
  expect(seqsFor(1)).toEqual([]);
  expect(seqsFor(4)).toEqual([1, 2, 3]);
  expect(seqsFor(9)).toEqual([4, 1, 2, 3, 5, 7, 6, 8]);
  expect(seqsFor(11)).toEqual([1, 3, 5, 7, 6, 8, 9, 10]);
});
