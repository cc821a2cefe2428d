import { expect, it } from '@jest/globals';

import { checkPauses } from '../../admin/check-pauses.ts';
import { Trouble } from '../../admin/check-result.ts';
import { DAY, HOUR } from '../../harness/durations.ts';

it('says that a running relay has paused', () => {
  expect(checkPauses({ count: 0, newest: null })).toBe('The relay has run without pauses since its start.');
  const since = Date.now() - 2 * HOUR;
  const check = (count: number, isOfMachine: boolean, from = since) =>
    checkPauses({ count, newest: { since: from, ms: 90_000, isOfMachine } });
  const moment = new Date(since).toISOString().slice(0, 19);
  expect(() => check(3, false)).toThrow(Trouble);
  expect(() => check(3, false)).toThrow(/^The relay did not run: .* Keep the instance running/);
  expect(() => check(3, false)).toThrow(`for 1 min from ${moment}Z (3 pauses since the start).`);
  expect(() => check(1, false)).toThrow(/^The relay did not run: .* \(1 pause since the start\)/);
  // A single pause is accepted, because a machine's clock can be corrected after its start, and a laptop can sleep.
  expect(check(1, true)).toMatch(/^The machine was suspended, or its clock was set forward, once, for 1 min from /);
  expect(() => check(2, true)).toThrow(/^The machine was suspended, or its clock was set forward/);
  const week = 'The relay has run without pauses for a week.';
  expect(check(1, true, since - 7 * DAY)).toBe(week);
  expect(check(9, false, since - 7 * DAY)).toBe(week);
  expect(() => check(9, false, since - 6 * DAY)).toThrow(Trouble);
});
