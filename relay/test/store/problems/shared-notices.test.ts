/** Notices that report the problems of several Zaps. */

import { expect, it } from '@jest/globals';

import type { ProblemChange } from '../../../store/problems/problem-rules.ts';
import { withFewNotices } from '../../../store/problems/shared-notices.ts';

/** Returns the change that ends a Zap's failure. Each Zap begins to fail in a different minute. */
const ended = (subscription: number, lastFailure: string): ProblemChange => ({
  subscription,
  kind: 'failing',
  startedAt: subscription,
  known: null,
  isOver: true,
  reportedDeadLetters: 0,
  notice: {
    kind: 'failing',
    state: 'over',
    started_at: subscription,
    over_at: 100 + subscription,
    zaps: 1,
    zap: null,
    is_off: false,
    are_others_valid: false,
    last_failure: lastFailure,
    events_waiting: 2,
    events_given_up: 1,
  },
});

it('more than five notices of a kind become one, from the first start to the last end', () => {
  const five = [3, 1, 2, 4, 5].map((subscription) => ended(subscription, 'HTTP 500'));
  expect(withFewNotices(five)).toEqual(five);
  const [first, ...others] = withFewNotices([...five, ended(6, 'HTTP 429')]);
  expect(first?.notice).toEqual({
    ...ended(3, '').notice,
    started_at: 1,
    over_at: 106,
    zaps: 6,
    last_failure: null,
    events_waiting: 12,
    events_given_up: 6,
  });
  expect(others.map(({ notice }) => notice)).toEqual([null, null, null, null, null]);
});

it('notices about the start of several problems have no end, and a failure only if it is the same', () => {
  const starts = [1, 2, 3, 4, 5, 6].map((subscription) => {
    const change = ended(subscription, 'HTTP 500');
    const notice = change.notice && { ...change.notice, state: 'started' as const, over_at: null };
    return { ...change, isOver: false, notice };
  });
  const [first] = withFewNotices(starts);
  expect(first?.notice).toMatchObject({ state: 'started', over_at: null, last_failure: 'HTTP 500', zaps: 6 });
});

it('notices of several kinds stay apart', () => {
  const changes = [1, 2, 3, 4, 5, 6].map((subscription) => {
    const change = ended(subscription, 'HTTP 500');
    return { ...change, notice: change.notice && { ...change.notice, is_off: subscription > 3 } };
  });
  expect(withFewNotices(changes)).toEqual(changes);
});
