/**
 * The rules of problems. Each kind of problem has a state machine, which starts or ends the problem depending on the
 * state of a channel or a Zap. The newest row of a problem in the table `problems` is the state of the machine:
 *
 * - none: no notice has reported such a problem. A problem can start;
 * - open: a notice has reported the start of the problem. The problem can end;
 * - recent: the problem is over or has no end, and a notice has reported its start in the last hour. Nothing changes;
 * - past: like recent, but the notice is older. A problem can start again, unless its kind occurs only once.
 */

import type { Notice, ProblemKind } from '../../../wire/notice.ts';
import { HOUR_MS } from '../../clock.ts';
import type { ChannelState } from '../rows/channel-state.ts';
import { GONE, type SubscriptionWithCounts } from '../rows/subscription.ts';
import type { ColumnName, ReadRow } from '../database/row-types.ts';
import type { SignatureCheck } from '../rows/signature-check.ts';
import { foreignSignature, lapsesAt } from './signature-checks.ts';

/** Time for which a Zap must have failed before a notice reports the failures. Demonstrations shorten this time. */
export const FAILING_MS = HOUR_MS / 2;
/**
 * Time from the last refusal until a channel no longer counts as refusing webhooks. An event must also have arrived
 * since the refusal.
 */
const REFUSING_MS = HOUR_MS / 2;
/** Minimum time between the starts of two problems of the same Zap and kind. */
const START_INTERVAL_MS = HOUR_MS;

/** Longest time until a problem can start or end without a change in the store. */
export const MAX_CHECK_MS = HOUR_MS;

export const PROBLEM_COLUMNS = [
  'subscription',
  'kind',
  'startedAt',
  'noticedAt',
  'isOver',
] as const satisfies ColumnName<'problems'>[];

/** The newest problem of a kind that a notice has reported, and the time of the notice about its start. */
export interface ProblemRow extends ReadRow<'problems', (typeof PROBLEM_COLUMNS)[number]> {
  /** Key of the Zap's subscription; 0 for a problem that affects all Zaps. */
  readonly subscription: number;
  readonly kind: ProblemKind;
  /** True for a problem that has ended, or that has no end. */
  readonly isOver: boolean;
}

/** The state of a channel that determines its problems. */
export interface ChannelHealth extends Pick<ChannelState, 'lastEventAt' | 'silentAt'>, SignatureCheck {
  /** Time of the newest webhook that was refused because of a limit; null if no webhook was refused. */
  readonly refusedAt: number | null;
  /** Time when the first Zap with notices was turned on. */
  readonly watchedSince: number;
  /** Time for which a Zap must have failed before a notice reports the failures. */
  readonly failingMs: number;
  /** The Zaps that receive webhooks, including ended Zaps. */
  readonly zaps: readonly SubscriptionWithCounts[];
}

/** The contents of a notice that do not depend on its recipients. */
export type NoticeContents = Omit<Notice, 'id' | 'trigger' | 'sent_at'>;

/** The start or the end of a problem. */
export interface ProblemChange extends Pick<ProblemRow, 'subscription' | 'kind' | 'startedAt'> {
  /** The row that the change replaces; null if the problem has no row. */
  readonly known: ProblemRow | null;
  /** True if the problem is over. Also true at the start of a problem that has no end. */
  readonly isOver: boolean;
  /** Number of given-up events that the notice reports. */
  readonly reportedDeadLetters: number;
  /** The notice about the change; null if the notice of another change also reports this change. */
  readonly notice: NoticeContents | null;
}

/** The state machine of a kind of problem. `Of` is the state of the channel or of the Zap that has the problem. */
interface Rule<Of> {
  readonly kind: ProblemKind;
  /** Returns the time when an existing problem started; null if the state shows no problem. */
  readonly startOf: (of: Of, now: number, health: ChannelHealth) => number | null;
  /**
   * Returns the time when an open problem ended; null while the problem lasts. A kind of problem without an end has
   * null instead of a function.
   */
  readonly endOf: ((of: Of, startedAt: number, now: number) => number | null) | null;
  /** True for a problem that each Zap has only once. */
  readonly isOnce?: true;
}

/** Returns the time of the newest event if the channel has stopped refusing webhooks; otherwise null. */
function acceptedAt({ lastEventAt, refusedAt }: ChannelHealth, now: number): number | null {
  if (refusedAt === null || lastEventAt === null) return null;
  return lastEventAt > refusedAt && now - refusedAt >= REFUSING_MS ? lastEventAt : null;
}

const CHANNEL_RULES: readonly Rule<ChannelHealth>[] = [
  {
    kind: 'silent',
    startOf: ({ lastEventAt, silentAt }) => (silentAt === null ? null : lastEventAt),
    endOf: ({ lastEventAt }, startedAt) => (lastEventAt !== null && lastEventAt > startedAt ? lastEventAt : null),
  },
  {
    kind: 'refusing',
    startOf: (health, now) => (acceptedAt(health, now) === null ? health.refusedAt : null),
    endOf: (health, _startedAt, now) => acceptedAt(health, now),
  },
  {
    kind: 'wrong_key',
    startOf: (health, now) => foreignSignature(health, now)?.receivedAt ?? null,
    endOf: (health, _startedAt, now) => (foreignSignature(health, now) ? null : health.signedAt),
  },
];

const ZAP_RULES: readonly Rule<SubscriptionWithCounts>[] = [
  {
    kind: 'failing',
    startOf: ({ failingSince, endedAt, pausedAt }, now, { failingMs }) => {
      const isTried = endedAt === null && pausedAt === null;
      return isTried && failingSince !== null && now - failingSince >= failingMs ? failingSince : null;
    },
    endOf: ({ failingSince, lastSuccessAt, endedAt }, startedAt) => {
      if (endedAt !== null) return endedAt;
      // A success in the millisecond of the first failure does not end the problem while the Zap still fails.
      const stillFails = failingSince === startedAt;
      return !stillFails && lastSuccessAt !== null && lastSuccessAt >= startedAt ? lastSuccessAt : null;
    },
  },
  {
    kind: 'given_up',
    startOf: ({ untoldDead }, now) => (untoldDead > 0 ? now : null),
    endOf: null,
  },
  {
    kind: 'ended',
    startOf: ({ endedAt, lastFailure }, _now, { watchedSince }) =>
      endedAt !== null && lastFailure === GONE && endedAt >= watchedSince ? endedAt : null,
    endOf: null,
    isOnce: true,
  },
];

/** The times of a problem that starts or ends. */
interface Transition {
  readonly startedAt: number;
  /** Time when the problem ended; null if the problem starts. */
  readonly overAt: number | null;
}

/**
 * Returns the transition from the state that the newest row of a problem shows; null if the problem stays in this
 * state.
 */
function transitionOf<Of>(
  rule: Rule<Of>,
  known: ProblemRow | null,
  of: Of,
  now: number,
  health: ChannelHealth,
): Transition | null {
  if (known && !known.isOver) {
    const { startedAt } = known;
    const overAt = rule.endOf?.(of, startedAt, now) ?? null;
    return overAt === null ? null : { startedAt, overAt };
  }
  const isRecent = known !== null && now - known.noticedAt < START_INTERVAL_MS;
  if (isRecent || (known && rule.isOnce)) return null;
  const startedAt = rule.startOf(of, now, health);
  return startedAt === null ? null : { startedAt, overAt: null };
}

/** Returns the row of a problem; null if no notice has reported such a problem. */
export const knownRow = (
  rows: readonly ProblemRow[],
  { kind, subscription }: Pick<ProblemRow, 'kind' | 'subscription'>,
): ProblemRow | null => rows.find((row) => row.kind === kind && row.subscription === subscription) ?? null;

/**
 * Returns the contents of the notice about a transition.
 *
 * @param reportedDeadLetters - number of given-up events that the notice reports
 */
function noticeOf(
  kind: ProblemKind,
  { startedAt, overAt }: Transition,
  zap: SubscriptionWithCounts | null,
  zaps: readonly SubscriptionWithCounts[],
  reportedDeadLetters: number,
): Omit<NoticeContents, 'are_others_valid'> {
  const sum = (name: 'pending' | 'deadLetters') => zaps.reduce((total, each) => total + each[name], 0);
  return {
    kind,
    state: overAt === null ? 'started' : 'over',
    started_at: startedAt,
    over_at: overAt,
    zaps: zap ? 1 : 0,
    zap: zap?.description ?? null,
    is_off: zap !== null && zap.endedAt !== null,
    last_failure: zap?.lastFailure ?? null,
    events_waiting: sum('pending'),
    events_given_up: reportedDeadLetters > 0 ? reportedDeadLetters : sum('deadLetters'),
  };
}

/** Compares the state of a channel with the problems that notices have reported. Returns the changes. */
export function problemChanges(health: ChannelHealth, rows: readonly ProblemRow[], now: number): ProblemChange[] {
  function changeOf<Of>(rule: Rule<Of>, of: Of, zap: SubscriptionWithCounts | null): ProblemChange[] {
    const { kind, endOf } = rule;
    const subscription = zap?.key ?? 0;
    const known = knownRow(rows, { kind, subscription });
    const transition = transitionOf(rule, known, of, now, health);
    if (!transition) return [];
    const { startedAt, overAt } = transition;
    const reportedDeadLetters = kind === 'given_up' ? (zap?.untoldDead ?? 0) : 0;
    const isOver = overAt !== null || endOf === null;
    const contents = noticeOf(kind, transition, zap, zap ? [zap] : health.zaps, reportedDeadLetters);
    const isMixed = kind === 'wrong_key' && health.isForeignMixed;
    const notice = { ...contents, are_others_valid: isMixed };
    return [{ subscription, kind, startedAt, known, reportedDeadLetters, isOver, notice }];
  }
  return [
    ...CHANNEL_RULES.flatMap((rule) => changeOf(rule, health, null)),
    ...health.zaps.flatMap((zap) => ZAP_RULES.flatMap((rule) => changeOf(rule, zap, zap))),
  ];
}

/**
 * Returns the next time from which {@link problemChanges} can return another result without a change in the store; null
 * if only a change in the store can alter the result.
 */
export function nextChangeAt(
  { refusedAt, failingMs, zaps, ...check }: ChannelHealth,
  rows: readonly ProblemRow[],
  now: number,
): number | null {
  const times = [
    (refusedAt ?? -Infinity) + REFUSING_MS,
    lapsesAt(check) ?? -Infinity,
    ...zaps.map(({ failingSince }) => (failingSince ?? -Infinity) + failingMs),
    // `rows` lacks the changes that are being reported now. The next check reads their rows.
    ...rows.map(({ noticedAt }) => noticedAt + START_INTERVAL_MS),
  ];
  const next = Math.min(...times.filter((time) => time > now));
  return next === Infinity ? null : next;
}
