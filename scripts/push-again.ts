/** Repeats a push that has failed because the machine is slow. */

import { stripVTControlCharacters } from 'node:util';

/** The result of a push: its exit code, and its output on stderr. */
export interface PushEnd {
  readonly status: number | null;
  readonly errors: string;
}

/**
 * Returns true if a push failed and the output gives no reason. Zapier's CLI starts the built app to test it, stops the
 * app after five seconds (`testBuildZip` in its `utils/build.js`), and then prints an error without a message.
 */
const hasNoReason = ({ status, errors }: PushEnd): boolean =>
  status !== 0 && /^[\s›▸]*Error:?\s*$/m.test(stripVTControlCharacters(errors));

const ADVICE =
  "Zapier's CLI gives no reason. The CLI allows the built app five seconds to start, which a slow machine can exceed.";

/** Runs a push. If the push fails without giving a reason, runs it once more. Returns the exit code. */
export async function pushAgain(push: () => Promise<PushEnd>): Promise<number | null> {
  const first = await push();
  if (!hasNoReason(first)) return first.status;
  console.error(`${ADVICE} Trying once more.`);
  const second = await push();
  if (hasNoReason(second)) console.error(`${ADVICE} Stop other programs, or push from a faster machine.`);
  return second.status;
}
