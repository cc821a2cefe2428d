/** The tests of Skip if It Exists in an action whose first run gives up before TutorCruncher saves the record. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from './action-runs.ts';
import type { TutorCruncherOfTests } from './running-tutorcruncher.ts';
import { act, actLater, failureOf } from './steps.ts';

/**
 * Defines the test for an action.
 *
 * @param key - the key of the action
 * @param other - inputs with which the action still creates the same record
 * @param another - inputs with which the action creates a different record
 */
export function testSkipIfExists(
  tutorCruncher: TutorCruncherOfTests,
  key: string,
  other: JsonObject,
  another: JsonObject,
): void {
  describe('Skip if It Exists, whose first run gives up before TutorCruncher saves', () => {
    it(`${key} creates no second record for another Zap, but another record`, async () => {
      const inputData = { ...ACTION_RUNS[key], skip_if_exists: true };
      tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [504, ''] : null);
      await failureOf(act(key, inputData));
      tutorCruncher.now.behaviour.intercept = () => null;
      expect(await failureOf(actLater(key, { ...inputData, ...other }))).toMatch(
        /^This run has written nothing, because the outcome of an earlier run with the same values is unknown\. /,
      );
      expect(tutorCruncher.writes()).toHaveLength(1);
      expect((await actLater(key, { ...inputData, ...another })).id).toBeGreaterThan(0);
    });
  });
}
