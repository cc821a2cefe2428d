/**
 * Reads that determine whether a Zap runs. If TutorCruncher does not respond, a Zap must neither run unconditionally
 * nor be skipped silently. A failed read is therefore repeated, and a run whose condition cannot be checked ends with a
 * message that explains how to run the Zap for the event.
 */

import type { JsonObject } from '../../wire/json.ts';
import { RELAY_URL } from '../hooks/relay-url.ts';
import type { StepRun } from '../api/step-run.ts';

/**
 * First and longest pause before a read is repeated, in milliseconds. Each pause is twice as long as the previous
 * pause.
 */
const FIRST_PAUSE_MS = 1_250;
const MAX_PAUSE_MS = 5_000;

/**
 * Range of the random delays after which Zapier repeats a throttled run, in seconds. Zapier repeats a run only once, so
 * the delay must be longer than the rest of the minute whose requests are used up. The range extends to 300 seconds,
 * Zapier's maximum, to spread many runs.
 */
const MIN_DELAY_S = 60;
const MAX_DELAY_S = 300;

/** The advice on running a Zap for an event whose run was halted. */
export const HOW_TO_RUN =
  RELAY_URL === null
    ? 'To run the Zap for this event, open this run in Zap history and replay it, if Zapier offers a replay there.'
    : 'To run the Zap for this event, click "See what happened to each event" in the trigger of this Zap, open the event, ' +
      'and click Send again beside this Zap.';

/** Codes of errors that would occur again if the request were repeated. */
const FINAL_CODES = new Set<unknown>(['AuthenticationError', 'PermissionError', 'InvalidInput']);

interface Failure {
  readonly reason: string;
  readonly isFinal: boolean;
}

/**
 * Returns the reason for a failure: the message of an error of this app, which core wraps in JSON. The messages of
 * other errors are dropped, because they could contain parts of a response.
 */
function failureOf(error: Error): Failure {
  const { message, code } = error.name === 'AppError' ? (JSON.parse(error.message) as JsonObject) : {};
  if (typeof message !== 'string') return { reason: 'The request to TutorCruncher failed.', isFinal: false };
  return { reason: message, isFinal: FINAL_CODES.has(code) };
}

/**
 * Returns the beginning of the message about a run whose condition cannot be checked.
 *
 * @param choice - the label of the input field
 */
const undecided = (choice: string): string =>
  `This Zap has not run for this event, because "${choice}" could not be checked.`;

/**
 * Returns the error for a run whose condition cannot be checked. A HaltedError never turns the Zap off. Without
 * `doNotContextify`, core would append the request to the message.
 */
const halted = ({ z }: StepRun, choice: string, reason: string): Error =>
  Object.assign(new z.errors.HaltedError(`${undecided(choice)} ${reason} ${HOW_TO_RUN}`), { doNotContextify: true });

function throttled({ z }: StepRun, choice: string): Error {
  const delay = MIN_DELAY_S + Math.floor(Math.random() * (MAX_DELAY_S - MIN_DELAY_S + 1));
  return new z.errors.ThrottledError(
    `${undecided(choice)} TutorCruncher accepts 100 requests per minute, and the steps of all Zaps together have sent ` +
      `more. Zapier tries this event once more within five minutes. If that fails as well: ${HOW_TO_RUN}`,
    delay,
  );
}

/**
 * Reads the data that a condition depends on. An instant trigger repeats a read that fails. Polls and tests read once,
 * because the next poll returns the same records again, and a test shows the sample instead.
 *
 * @param choice - the label of the input field with the condition
 * @throws {Error} if the read fails: in an instant trigger a HaltedError or a ThrottledError, otherwise the error of
 *   the read
 */
export async function readForCondition<T>(run: StepRun, choice: string, read: () => Promise<T>): Promise<T> {
  if (!run.isInstant) return read();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.name === 'ThrottledError') throw throttled(run, choice);
      const { reason, isFinal } = failureOf(error);
      if (isFinal || !run.canReadAfter(pauseMs)) throw halted(run, choice, reason);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
