/** Checks of stand-ins that contradict one assumption each. */

import { describe, expect, it } from '@jest/globals';

import { exitCodeOf } from '../../account-check/check-account.ts';
import { isHarmful } from '../../account-check/findings.ts';
import { checkChanged, namesWith, type Change } from './checked-stand-in.ts';

/** A change of the stand-in's behaviour, with the assumption that it contradicts. */
type Contradiction = readonly [assumption: string, what: string, change: Change];

/**
 * Declares a test for each contradiction. The whole check must find a difference from the contradicted assumption and
 * from no other assumption.
 */
export function testContradictions(contradictions: readonly Contradiction[]): void {
  describe('an account that contradicts', () => {
    it.each(contradictions)(
      '%s, because %s, is reported to differ from this assumption only',
      async (assumption, _what, change) => {
        const result = await checkChanged(change);
        expect(namesWith(result, 'differs')).toEqual([assumption]);
        expect(result.unfinished).toBeNull();
        const [finding] = result.findings.filter(({ verdict }) => verdict === 'differs');
        expect(exitCodeOf(result)).toBe(finding && isHarmful(finding) ? 1 : 0);
        expect(finding?.differences.join()).not.toBe('');
      },
    );
  });
}
