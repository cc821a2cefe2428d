/** Checks of an account that refuses a well-formed key, for example because of the account's plan. */

import { describe, expect, it } from '@jest/globals';

import { checkStandIn } from './stand-in.ts';
import { reportText } from '../../account-check/report.ts';
import { fetchFrom, namesWith, withStandIn } from './checked-stand-in.ts';

/** Checks a stand-in that sends the same response to all reads. */
const checkRefusing = (status: number, body: unknown) =>
  withStandIn(async (tutorCruncher) => {
    tutorCruncher.behaviour.intercept = () => [status, body];
    return checkStandIn(tutorCruncher, [], fetchFrom(tutorCruncher));
  });

const PERSONAL = 'Leo Raman of Bright Sparks';

describe('a refusal of a key that looks valid', () => {
  it.each<[status: number, body: unknown, words: string[]]>([
    [401, { detail: 'Invalid token.' }, ['token', 'invalid']],
    [402, { detail: `Upgrade the plan for ${PERSONAL}.` }, ['plan', 'upgrade']],
    [403, { detail: 'Invalid token.' }, ['token', 'invalid']],
    [403, `<html>${PERSONAL} needs a subscription</html>`, ['subscription']],
    [302, '', []],
  ])('with %d %j ends the check, names the plan, and is in the report without data', async (status, body, words) => {
    const result = await checkRefusing(status, body);
    expect(result.unfinished).toMatch(
      /agency's plan may be the cause: .* Startup, .* Enterprise\. Ask TutorCruncher's/,
    );
    expect(result.report.refusal).toMatchObject({ status, words });
    // The verdict on the plan is unknown for a rejected key, because the user may have mistyped the key.
    expect(namesWith(result, words.includes('token') ? 'unknown' : 'differs')).toEqual(['access.plan']);
    expect(reportText(result.report)).not.toMatch(/Leo|Raman|Bright/);
  });

  it('without a word about tokens lets the check go on, and differs in the line of the plan', async () => {
    const result = await checkRefusing(403, { detail: `Not for ${PERSONAL}: the plan lacks this feature.` });
    expect(result.unfinished).toBeNull();
    expect(result.report.refusal).toMatchObject({ status: 403, words: ['plan', 'feature'] });
    expect(namesWith(result, 'differs')).toContain('access.plan');
    expect(reportText(result.report)).not.toMatch(/Leo|Raman|Bright/);
  });

  it.each([429, 500])('is not what status %d means', async (status) => {
    const result = await checkRefusing(status, {});
    expect(result.unfinished).not.toMatch(/plan/);
    expect(result.report.refusal).toBeUndefined();
    expect(namesWith(result, 'differs')).toEqual([]);
  });
});
