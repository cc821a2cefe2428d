/** Notices that report the problems of several Zaps, so that no Zap gets many notices at once. */

import type { NoticeContents, ProblemChange } from './problem-rules.ts';

/**
 * Maximum number of notices of one kind in a pass. If a pass has more notices of the kind, a single notice reports the
 * problems of all their Zaps.
 */
const MAX_ALIKE = 5;

/** Returns the notice that reports the problems of several Zaps. */
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

/**
 * Replaces the notices of one kind with a single notice if there are more than {@link MAX_ALIKE}. The single notice
 * belongs to the first change.
 */
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
