/** Tests of the rules of problems. `problems.test.ts` tests how a store applies them. */

import { describe, expect, it } from '@jest/globals';

import { PROBLEM_KINDS, type ProblemKind } from '../../../../wire/notice.ts';
import { HOUR } from '../../../harness/durations.ts';
import { nextChangeAt, problemChanges } from '../../../store/problems/problem-rules.ts';
import type { ChannelHealth, ProblemRow } from '../../../store/problems/problem-rules.ts';
import type { SubscriptionWithCounts } from '../../../store/rows/subscription.ts';
import { sampleSubscription } from '../../support/sample-subscription.ts';

const NOW = 1_000 * HOUR;
const MINUTE = HOUR / 60;
/** Returns the time that is a number of minutes ago. */
const ago = (minutes: number): number => NOW - minutes * MINUTE;

const ZAP: SubscriptionWithCounts = {
  ...sampleSubscription({
    description: { trigger: 'Invoice Paid', options: [], zap_id: null },
    createdAt: ago(9000),
  }),
  pending: 0,
  oldestPendingAt: null,
  deadLetters: 0,
  untoldDead: 0,
};

/** A channel without problems. */
const HEALTH: ChannelHealth = {
  lastEventAt: null,
  silentAt: null,
  refusedAt: null,
  signaturesCheckedAt: null,
  foreignAt: null,
  isForeignMixed: false,
  signedAt: null,
  watchedSince: ago(9000),
  failingMs: HOUR / 2,
  zaps: [],
};
const OF_ZAPS: readonly ProblemKind[] = ['failing', 'given_up', 'ended'];

/**
 * The states of a problem. In `none`, no notice has reported such a problem. In the other states, a notice has reported
 * an open, recent or older problem.
 */
const STATES = ['none', 'open', 'recent', 'past'] as const;
type State = (typeof STATES)[number];

/** Returns the row of a problem that started two hours ago. */
function rowsIn(state: State, kind: ProblemKind): ProblemRow[] {
  if (state === 'none') return [];
  const noticedAt = { open: ago(1), recent: ago(60) + 1, past: ago(60) }[state];
  const subscription = OF_ZAPS.includes(kind) ? ZAP.key : 0;
  return [{ subscription, kind, startedAt: ago(120), noticedAt, isOver: state !== 'open' }];
}

type Facts = Partial<Omit<ChannelHealth, 'zaps'>> & Partial<SubscriptionWithCounts>;

/**
 * The facts about a channel and a Zap, each with the change that follows in each state of the problem. A number in a
 * change is the number of minutes since the change. A missing state has no change.
 */
const TABLES: Readonly<
  Record<ProblemKind, readonly (readonly [name: string, facts: Facts, changes: Partial<Record<State, string>>])[]>
> = {
  failing: [
    ['the Zap has neither failed nor succeeded', {}, {}],
    ['it works', { lastSuccessAt: ago(121) }, {}],
    ['it has failed for less than 30 minutes', { failingSince: ago(30) + 1 }, {}],
    ['it has failed for 30 minutes', { failingSince: ago(30) }, { none: 'started 30', past: 'started 30' }],
    ['it fails since then', { failingSince: ago(120) }, { none: 'started 120', past: 'started 120' }],
    [
      'it has failed in the millisecond of its last success',
      { failingSince: ago(120), lastSuccessAt: ago(120) },
      { none: 'started 120', past: 'started 120' },
    ],
    [
      'it fails since then, after a success',
      { failingSince: ago(120), lastSuccessAt: ago(130) },
      { none: 'started 120', past: 'started 120' },
    ],
    ['it has succeeded since then', { lastSuccessAt: ago(5) }, { open: 'over 5' }],
    ['it has succeeded in the same millisecond', { lastSuccessAt: ago(120) }, { open: 'over 120' }],
    [
      'it has succeeded since then, and fails again',
      { failingSince: ago(80), lastSuccessAt: ago(90) },
      { none: 'started 80', open: 'over 90', past: 'started 80' },
    ],
    [
      'it has succeeded since then, and has just failed again',
      { failingSince: ago(5), lastSuccessAt: ago(6) },
      { open: 'over 6' },
    ],
    ['it is paused while it fails', { failingSince: ago(120), pausedAt: ago(100) }, {}],
    ['it is turned off while it fails', { failingSince: ago(120), endedAt: ago(7) }, { open: 'over 7' }],
  ],
  silent: [
    ['nothing has ever arrived', { silentAt: ago(1) }, {}],
    ['the silence is usual', { lastEventAt: ago(120) }, {}],
    [
      'the silence is unusual',
      { lastEventAt: ago(120), silentAt: ago(1) },
      { none: 'started 120', past: 'started 120' },
    ],
    ['an event has arrived since then', { lastEventAt: ago(119) }, { open: 'over 119' }],
    [
      'an event has arrived since then, and another silence is unusual',
      { lastEventAt: ago(119), silentAt: ago(1) },
      { none: 'started 119', open: 'over 119', past: 'started 119' },
    ],
  ],
  refusing: [
    ['no webhook was refused', { lastEventAt: ago(1) }, {}],
    ['a webhook was refused', { refusedAt: ago(40) }, { none: 'started 40', past: 'started 40' }],
    [
      'a webhook was refused, and no event has been stored since then',
      { refusedAt: ago(40), lastEventAt: ago(40) },
      { none: 'started 40', past: 'started 40' },
    ],
    [
      'a webhook was refused less than 30 minutes ago',
      { refusedAt: ago(30) + 1, lastEventAt: ago(20) },
      { none: 'started 30', past: 'started 30' },
    ],
    ['a webhook was refused 30 minutes ago', { refusedAt: ago(30), lastEventAt: ago(20) }, { open: 'over 20' }],
  ],
  wrong_key: [
    ['no signature was checked', {}, {}],
    [
      'the newest signature does not match',
      { signaturesCheckedAt: ago(8), foreignAt: ago(9) },
      { none: 'started 9', past: 'started 9' },
    ],
    [
      'an event was not reported, but less than 30 minutes ago',
      { foreignAt: ago(90), signedAt: ago(30) + 1 },
      { none: 'started 90', past: 'started 90' },
    ],
    ['an event was not reported, 30 minutes ago', { foreignAt: ago(90), signedAt: ago(30) }, { open: 'over 30' }],
    ['the newest signature matches', { signaturesCheckedAt: ago(8), signedAt: ago(9) }, { open: 'over 9' }],
  ],
  given_up: [
    ['nothing was given up', { deadLetters: 3 }, {}],
    ['an event was given up', { untoldDead: 1 }, { none: 'started 0', past: 'started 0' }],
  ],
  ended: [
    ['the Zap is on', { lastFailure: 'HTTP 410' }, {}],
    ['it was turned off', { endedAt: ago(9), lastFailure: 'HTTP 500' }, {}],
    ['Zapier responded with 410', { endedAt: ago(9), lastFailure: 'HTTP 410' }, { none: 'started 9' }],
    [
      'Zapier responded with 410 as the first Zap with notices was turned on',
      { endedAt: ago(9), lastFailure: 'HTTP 410', watchedSince: ago(9) },
      { none: 'started 9' },
    ],
    [
      'Zapier responded with 410 before there were notices',
      { endedAt: ago(9), lastFailure: 'HTTP 410', watchedSince: ago(9) + 1 },
      {},
    ],
  ],
};

/** Returns the changes in a short form. */
function changesOf(facts: Facts, rows: readonly ProblemRow[]): string {
  const health = { ...HEALTH, ...facts, zaps: [{ ...ZAP, ...facts }] };
  const changes = problemChanges(health, rows, NOW).map(({ kind, startedAt, notice }) => {
    const time = notice?.state === 'over' ? (notice.over_at ?? NaN) : startedAt;
    return `${kind} ${notice?.state} ${Math.ceil((NOW - time) / MINUTE)}`;
  });
  return changes.join(', ');
}

const pairs = PROBLEM_KINDS.flatMap((kind) =>
  TABLES[kind].flatMap(([name, facts, changes]) =>
    STATES.map((state) => ({ kind, state, name, facts, expected: changes[state] ?? 'the same' })),
  ),
);

describe('a problem of the kind', () => {
  // A problem without an end is never open.
  const reachable = pairs.filter(({ kind, state }) => state !== 'open' || !['given_up', 'ended'].includes(kind));

  it.each(reachable)('$kind ($state) is $expected if $name', ({ kind, state, facts, expected }) => {
    const changes = changesOf(facts, rowsIn(state, kind));
    expect(changes).toBe(expected === 'the same' ? '' : `${kind} ${expected}`);
  });

  it.each(PROBLEM_KINDS)('%s does not depend on the problems of other kinds and Zaps', (kind) => {
    const others = PROBLEM_KINDS.filter((other) => other !== kind).flatMap((other) => rowsIn('recent', other));
    const ofOtherZap = rowsIn('recent', kind).map((row) => ({ ...row, subscription: 8 }));
    const [, facts = {}] = TABLES[kind].find(([, , changes]) => changes.none !== undefined) ?? [];
    expect(changesOf(facts, [...others, ...ofOtherZap])).toBe(changesOf(facts, []));
    expect(changesOf(facts, [])).toContain(`${kind} started`);
  });
});

describe('the change of a problem', () => {
  const counts = { pending: 4, deadLetters: 3, description: ZAP.description };

  it('has a notice about the Zap', () => {
    const [row] = rowsIn('open', 'failing');
    const zaps = [{ ...ZAP, ...counts, lastFailure: 'HTTP 500', lastSuccessAt: ago(5) }];
    expect(problemChanges({ ...HEALTH, zaps }, row ? [row] : [], NOW)).toEqual([
      {
        subscription: ZAP.key,
        kind: 'failing',
        startedAt: ago(120),
        known: row,
        isOver: true,
        reportedDeadLetters: 0,
        notice: {
          kind: 'failing',
          state: 'over',
          started_at: ago(120),
          over_at: ago(5),
          zaps: 1,
          zap: ZAP.description,
          is_off: false,
          are_others_valid: false,
          last_failure: 'HTTP 500',
          events_waiting: 4,
          events_given_up: 3,
        },
      },
    ]);
  });

  it('has a notice that says whether the Zap is off', () => {
    const isOff = (endedAt: number | null) =>
      problemChanges(
        { ...HEALTH, zaps: [{ ...ZAP, endedAt, lastSuccessAt: ago(5) }] },
        rowsIn('open', 'failing'),
        NOW,
      ).map(({ notice }) => notice?.is_off);
    expect([isOff(null), isOff(ago(7))]).toEqual([[false], [true]]);
  });

  it('has a notice about all Zaps', () => {
    const zaps = [counts, counts].map((each, index) => ({ ...ZAP, ...each, key: index + 1 }));
    expect(problemChanges({ ...HEALTH, refusedAt: ago(9), zaps }, [], NOW)).toMatchObject([
      {
        subscription: 0,
        known: null,
        isOver: false,
        notice: { state: 'started', over_at: null, zaps: 0, zap: null, events_waiting: 8, events_given_up: 6 },
      },
    ]);
  });

  it('counts the events that were given up since the last notice, and has no end', () => {
    const [change] = problemChanges({ ...HEALTH, zaps: [{ ...ZAP, ...counts, untoldDead: 2 }] }, [], NOW);
    expect(change).toMatchObject({
      kind: 'given_up',
      isOver: true,
      reportedDeadLetters: 2,
      notice: { events_given_up: 2 },
    });
    const failing = { ...ZAP, ...counts, failingSince: ago(90), untoldDead: 2 };
    const [other] = problemChanges({ ...HEALTH, zaps: [failing] }, [], NOW);
    expect(other).toMatchObject({ kind: 'failing', reportedDeadLetters: 0, notice: { events_given_up: 3 } });
  });
});

describe('the next look without a change in the store is due', () => {
  it.each<[name: string, facts: Facts, rows: readonly ProblemRow[], minutes: number | null]>([
    ['never', {}, [], null],
    ['never, if all times have passed', { refusedAt: ago(30), failingSince: ago(30) }, rowsIn('past', 'failing'), null],
    ['half an hour after a refusal', { refusedAt: ago(10) }, [], 20],
    ['half an hour after the first failure', { failingSince: ago(10) }, [], 20],
    ['an hour after a notice', {}, rowsIn('open', 'failing'), 59],
    ['at the first of these times', { refusedAt: ago(5), failingSince: ago(10) }, rowsIn('open', 'failing'), 20],
  ])('%s', (_name, facts, rows, minutes) => {
    const health = { ...HEALTH, ...facts, zaps: [{ ...ZAP, ...facts }] };
    expect(nextChangeAt(health, rows, NOW)).toBe(minutes === null ? null : NOW + minutes * MINUTE);
  });
});
