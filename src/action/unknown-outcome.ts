/**
 * Writes whose outcome is unknown: TutorCruncher might have saved the data, but no usable response has arrived.
 * Zapier's Autoreplay or a person can repeat the failed run, and TutorCruncher has no idempotency keys. The run
 * therefore leaves a marker in Zapier's cache before it fails, and a run that finds the marker writes nothing. If the
 * cache fails or loses the marker, the next run writes.
 */

import { inputDataOf } from '../api/bundle.ts';
import { inTime } from '../api/in-time.ts';
import { privateKeyOf } from '../api/private-key.ts';
import type { StepRun } from '../api/step-run.ts';
import { sha256 } from '../api/sha256.ts';

/**
 * The failure of a write that TutorCruncher might have saved. The message states the problem, and becomes the first
 * sentence of the final error message.
 */
export class UnknownOutcome extends Error {
  /** The HTTP status of the response; missing if there is no response. */
  readonly status: number | undefined;

  constructor(problem: string, status?: number) {
    super(problem);
    this.status = status;
  }
}

/** The part of an error about an unknown outcome that depends on the action. */
export interface OutcomeTexts {
  /** Sentences that state what might have happened and what to check in TutorCruncher. */
  readonly advice: string;
  /**
   * The harm of a replay, in words that follow "a replay"; missing if a replay is harmless, so that the run leaves no
   * marker.
   */
  readonly replay?: string;
}

const MINUTE_MS = 60_000;
/** Time for which a marker prevents writes, in milliseconds. Zapier documents no maximum lifetime of cache entries. */
const MARKED_MS = 24 * 60 * MINUTE_MS;

/** The marker shared by all writes of an action with the same inputs, or with the same sought values. */
export class OutcomeMarker {
  /** Time until which no run may write, in milliseconds since 1970; null if there is no marker. */
  readonly until: Promise<number | null>;
  readonly #run: StepRun;
  readonly #key: string;

  /**
   * Starts reading the marker.
   *
   * @param sought - the values by which the action looks for an existing record; default: all inputs as given
   */
  constructor(run: StepRun, action: string, sought: object = inputDataOf(run.bundle)) {
    const values = Object.entries(sought).sort(([a], [b]) => (a < b ? -1 : 1));
    this.#run = run;
    // The hash includes the private key, so that nobody else can guess the values.
    this.#key = `outcome_${sha256(JSON.stringify([privateKeyOf(run.bundle), action, values]))}`;
    this.until = this.#find();
  }

  async #find(): Promise<number | null> {
    const until = await inTime<unknown>(() => this.#run.z.cache.get(this.#key));
    return typeof until === 'number' && until > Date.now() ? until : null;
  }

  /**
   * Leaves the marker. Returns the time until which the marker holds; null if the cache has not accepted the marker.
   */
  async leave(): Promise<number | null> {
    const now = Date.now();
    const until = Math.ceil((now + MARKED_MS) / MINUTE_MS) * MINUTE_MS;
    const isKept: unknown = await inTime(() =>
      this.#run.z.cache.set(this.#key, until, Math.ceil((until - now) / 1000)),
    );
    return isKept === true ? until : null;
  }
}

const timeText = (moment: number): string => {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(moment)} UTC`;
};

/**
 * Returns the sentences about a replay.
 *
 * @param until - the time until which a marker holds; null if there is no marker
 */
function replayAdvice({ advice, replay }: OutcomeTexts, until: number | null): string {
  if (replay === undefined) return advice;
  return until === null
    ? `${advice} Do this before you replay this run, because a replay ${replay}.`
    : `${advice} Until ${timeText(until)}, a replay with the same values writes nothing. After that, a replay ${replay}.`;
}

/**
 * Returns the error for the Zap's owner. The error is not a HaltedError, because Zapier's documentation mentions no
 * email about halted runs.
 */
const outcomeError = ({ z }: StepRun, message: string, status?: number): Error =>
  new z.errors.Error(message, 'UnknownOutcome', status);

/**
 * Sends a write, unless the outcome of an earlier write is unknown.
 *
 * @param marker - the marker for this write; null if a replay is harmless
 * @param send - throws an {@link UnknownOutcome} if TutorCruncher might have saved the data
 * @throws {Error} with a message for the Zap's owner, if the write fails or must not be sent
 */
export async function writeOnce<T>(
  run: StepRun,
  texts: OutcomeTexts,
  marker: OutcomeMarker | null,
  send: () => Promise<T>,
): Promise<T> {
  const until = marker && (await marker.until);
  if (until !== null) {
    const reason =
      'This run has written nothing, because the outcome of an earlier run with the same values is unknown.';
    throw outcomeError(run, `${reason} ${replayAdvice(texts, until)}`);
  }
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
    const markedUntil = marker && (await marker.leave());
    throw outcomeError(run, `${error.message} ${replayAdvice(texts, markedUntil)}`, error.status);
  }
}
