import { expect, it } from '@jest/globals';

import { afterFailure, afterRefusedForGood } from '../../delivery/retry-policy.ts';
import { givesUpRefused } from '../../http/subscription-formats.ts';
import { INITIAL_STATE } from '../support/store-context.ts';

const REFUSED = { type: 'refused', reason: 'HTTP 400' } as const;
const FAILED = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null } as const;

it('a refused event is given up after three attempts until three events in a row are refused', () => {
  const given = (...results: readonly (typeof REFUSED | typeof FAILED | 'next')[]): boolean => {
    let state: Parameters<typeof afterFailure>[0] = INITIAL_STATE;
    for (const result of results)
      state = result === 'next' ? afterRefusedForGood(state, 1) : afterFailure(state, result, 0, 1);
    return givesUpRefused(state);
  };
  expect([given(), given(FAILED), given(REFUSED, FAILED)]).toEqual([false, false, false]);
  expect([given(REFUSED), given(FAILED, REFUSED), given(REFUSED, 'next', REFUSED)]).toEqual([true, true, true]);
  expect([given(REFUSED, 'next'), given(REFUSED, 'next', REFUSED, 'next', REFUSED)]).toEqual([false, false]);
});
