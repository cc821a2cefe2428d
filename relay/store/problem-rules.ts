/** The rules by which the state of a channel shows the problems that notices tell of. */

import type { Verdict } from '../../wire/link-api.ts';
import { PROBLEM_KINDS, type Notice, type ProblemKind } from '../../wire/notice.ts';
import { HOUR_MS } from '../clock.ts';
import type { ChannelState } from './channel-state.ts';
import { GONE, type SubscriptionState } from './subscription.ts';

/** Time without a refusal, but with an event, after which a channel no longer refuses webhooks. */
const REFUSING_MS = HOUR_MS / 2;
/** Minimum time between the starts of two problems of the same Zap and kind. */
const START_INTERVAL_MS = HOUR_MS;
/** Maximum number of notices of one kind in a pass. If there would be more, one notice tells of all these Zaps. */
const MAX_ALIKE = 5;

/** Maximum time until a problem starts or ends without a change in the store. */
export const MAX_CHECK_MS = HOUR_MS;

/** The newest problem of a kind that notices have told of, and the time of the notice about its start. */
export interface ProblemRow {
  /** Key of the Zap's subscription; 0 for a problem that concerns all Zaps. */
  readonly subscription: number;
  readonly kind: ProblemKind;
  readonly startedAt: number;
  readonly noticedAt: number;
  /** True for a problem that has ended, or that has no end. */
  readonly isOver: boolean;
}

/** The state of a channel from which its problems follow. */
export interface ChannelHealth extends Pick<ChannelState, 'lastEventAt' | 'silentAt'> {
  readonly refusedAt: number | null;
  readonly verdict: Verdict | null;
  readonly watchedSince: number;
  readonly failingMs: number;
  /** The Zaps that receive webhooks, ended ones included. */
  readonly zaps: readonly SubscriptionState[];
}

type NoticeContents = Omit<Notice, 'id' | 'trigger' | 'sent_at'>;

/** The start or the end of a problem. */
export interface ProblemChange extends Pick<ProblemRow, 'subscription' | 'kind' | 'startedAt'> {
  /** The row that the change replaces; null if there is none. */
  readonly known: ProblemRow | null;
  /** True if the problem is over: for its end, and for the start of a problem that has no end. */
  readonly isOver: boolean;
  readonly told: number;
  /** Null if the notice of another change tells of this one, too. */
  readonly notice: NoticeContents | null;
}

/** The times of a problem. Without times, the state does not show whether the problem exists. */
type Times = Readonly<Partial<Record<'startedAt' | 'overAt', number>>>;

/** Returns the times of a problem of a channel or a Zap, whose newest row is given. */
type Rule<Of> = (of: Of, row: ProblemRow | null, now: number, health: ChannelHealth) => Times;

const OF_CHANNEL: Partial<Record<ProblemKind, Rule<ChannelHealth>>> = {
  silent: ({ lastEventAt, silentAt }, row) => {
    if (lastEventAt === null) return {};
    return {
      ...(silentAt !== null && { startedAt: lastEventAt }),
      ...(row && lastEventAt > row.startedAt && { overAt: lastEventAt }),
    };
  },
  refusing: ({ lastEventAt, refusedAt }, _row, now) => {
    if (refusedAt === null) return {};
    const isOver = lastEventAt !== null && lastEventAt > refusedAt && now - refusedAt >= REFUSING_MS;
    return isOver ? { overAt: lastEventAt } : { startedAt: refusedAt };
  },
  wrong_key: ({ verdict }) => {
    if (!verdict) return {};
    return verdict.is_valid ? { overAt: verdict.received_at } : { startedAt: verdict.received_at };
  },
};

const OF_ZAP: Partial<Record<ProblemKind, Rule<SubscriptionState>>> = {
  failing: ({ failingSince, lastSuccessAt, endedAt, pausedAt }, row, now, { failingMs }) => {
    if (endedAt !== null) return { overAt: endedAt };
    const hasRecovered = row && failingSince !== row.startedAt && (lastSuccessAt ?? 0) >= row.startedAt;
    return {
      ...(failingSince !== null && pausedAt === null && now - failingSince >= failingMs && { startedAt: failingSince }),
      ...(hasRecovered && lastSuccessAt !== null && { overAt: lastSuccessAt }),
    };
  },
  given_up: ({ untoldDead }, _row, now) => (untoldDead > 0 ? { startedAt: now } : {}),
  ended: ({ endedAt, lastFailure }, row, _now, { watchedSince }) =>
    endedAt !== null && lastFailure === GONE && endedAt >= watchedSince && !row ? { startedAt: endedAt } : {},
};

const ENDLESS: ReadonlySet<ProblemKind> = new Set(['given_up', 'ended']);

/** Returns the row of a problem; null if notices have told of no such problem. */
export const knownRow = (
  rows: readonly ProblemRow[],
  { kind, subscription }: Pick<ProblemRow, 'kind' | 'subscription'>,
): ProblemRow | null => rows.find((row) => row.kind === kind && row.subscription === subscription) ?? null;

/** Returns the notice that tells of the problems of several Zaps. */
function noticeOfAll(notices: readonly [NoticeContents, ...NoticeContents[]]): NoticeContents {
  const [first] = notices;
  const sum = (name: 'zaps' | 'events_waiting' | 'events_given_up') =>
    notices.reduce((total, notice) => total + notice[name], 0);
  return {
    ...first,
    started_at: Math.min(...notices.map(({ started_at }) => started_at)),
    over_at: first.over_at === null ? null : Math.max(...notices.map(({ over_at }) => over_at ?? 0)),
    zaps: sum('zaps'),
    zap: null,
    last_failure: notices.every(({ last_failure }) => last_failure === first.last_failure) ? first.last_failure : null,
    events_waiting: sum('events_waiting'),
    events_given_up: sum('events_given_up'),
  };
}

/** Replaces the notices of one kind by a single one, which belongs to the first change, if there are too many. */
export function withFewNotices(changes: readonly ProblemChange[]): ProblemChange[] {
  const kindOf = ({ kind, notice }: ProblemChange) => `${kind} ${notice?.state} ${notice?.is_off}`;
  const alike = Map.groupBy(changes, kindOf);
  return changes.map((change) => {
    const all = alike.get(kindOf(change)) ?? [];
    const [first, ...others] = all.flatMap(({ notice }) => notice ?? []);
    if (first === undefined || all.length <= MAX_ALIKE) return change;
    return { ...change, notice: change === all[0] ? noticeOfAll([first, ...others]) : null };
  });
}

/** Compares the state of a channel with the problems that notices have told of. Returns the changes. */
export function problemChanges(health: ChannelHealth, rows: readonly ProblemRow[], now: number): ProblemChange[] {
  const changeOf = (kind: ProblemKind, zap: SubscriptionState | null): ProblemChange | null => {
    const subscription = zap?.key ?? 0;
    const known = knownRow(rows, { kind, subscription });
    const times = zap ? OF_ZAP[kind]?.(zap, known, now, health) : OF_CHANNEL[kind]?.(health, known, now, health);
    const isEnd = known?.isOver === false;
    const startedAt = isEnd ? known.startedAt : times?.startedAt;
    if (startedAt === undefined || (isEnd && times?.overAt === undefined)) return null;
    if (!isEnd && known && now - known.noticedAt < START_INTERVAL_MS) return null;
    const zaps = zap ? [zap] : health.zaps;
    const sum = (name: 'pending' | 'deadLetters' | 'untoldDead') => zaps.reduce((total, each) => total + each[name], 0);
    const told = kind === 'given_up' ? sum('untoldDead') : 0;
    return {
      subscription,
      kind,
      startedAt,
      known,
      told,
      isOver: isEnd || ENDLESS.has(kind),
      notice: {
        kind,
        state: isEnd ? 'over' : 'started',
        started_at: startedAt,
        over_at: isEnd ? (times?.overAt ?? null) : null,
        zaps: zap ? 1 : 0,
        zap: zap?.description ?? null,
        is_off: zap !== null && zap.endedAt !== null,
        last_failure: zap?.lastFailure ?? null,
        events_waiting: sum('pending'),
        events_given_up: told > 0 ? told : sum('deadLetters'),
      },
    };
  };
  return [null, ...health.zaps].flatMap((zap) => PROBLEM_KINDS.flatMap((kind) => changeOf(kind, zap) ?? []));
}

/** Returns the next time from which {@link problemChanges} may differ without a change in the store; null if there is none. */
export function nextChangeAt(
  { refusedAt, failingMs, zaps }: ChannelHealth,
  rows: readonly ProblemRow[],
  now: number,
): number | null {
  const times = [
    (refusedAt ?? -Infinity) + REFUSING_MS,
    ...zaps.map(({ failingSince }) => (failingSince ?? -Infinity) + failingMs),
    // A change that is being told of now is among the rows of the next look.
    ...rows.map(({ noticedAt }) => noticedAt + START_INTERVAL_MS),
  ];
  const next = Math.min(...times.filter((time) => time > now));
  return next === Infinity ? null : next;
}
