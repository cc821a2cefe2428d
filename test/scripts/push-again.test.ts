/** The second attempt of `npm run zapier -- push`. */

import { afterEach, expect, it, jest } from '@jest/globals';

import { pushAgain, type PushEnd } from '../../scripts/push-again.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const PUSHED: PushEnd = { status: 0, errors: '' };
const NO_REASON: PushEnd = { status: 1, errors: 'Testing build\n \u001B[31m›\u001B[39m   Error: \n' };
const REFUSED: PushEnd = { status: 1, errors: ' ›   Error: The app has 1 error.\n' };

it.each<[what: string, ends: PushEnd[], pushes: number, status: number, said: RegExp]>([
  ['a push that succeeds', [PUSHED], 1, 0, /^$/],
  ['a push that fails with a reason', [REFUSED, PUSHED], 1, 1, /^$/],
  ['a push that fails without a reason', [NO_REASON, PUSHED], 2, 0, /five seconds.* Trying once more\.$/],
  ['a push that fails twice', [NO_REASON, NO_REASON, PUSHED], 2, 1, /once more\.[^]*Stop other programs/],
  ['a second push that fails with a reason', [NO_REASON, REFUSED], 2, 1, /Trying once more\.$/],
])('%s runs as often as it should', async (_what, ends, pushes, status, said) => {
  const error = jest.spyOn(console, 'error').mockReturnValue();
  let count = 0;
  expect(await pushAgain(() => Promise.resolve(ends[count++] ?? PUSHED))).toBe(status);
  expect(count).toBe(pushes);
  expect(error.mock.calls.flat().join('\n')).toMatch(said);
});
