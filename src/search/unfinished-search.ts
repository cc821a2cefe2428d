/** The error of searches that found nothing and could not compare every record that might match. */

import type { StepRun } from '../api/step-run.ts';

/**
 * The reason why a search did not compare every record that might match. `incomplete`: TutorCruncher's list lacked
 * rows, for example because the list changed during the search. The other reasons are limits on pages, time and
 * details.
 */
export type Gap = 'incomplete' | 'pages' | 'time' | 'details';

/** The state of a search that found nothing. */
export interface Unfinished {
  readonly gap: Gap;
  /** Number of records that the search compared. */
  readonly compared: number;
  /** The date back to which the search compared records; empty if unknown. */
  readonly back: string;
}

/**
 * Returns the error for a search that found nothing and did not compare every record.
 *
 * @param narrow - advice on narrowing the search, in the words of the step's fields
 */
export function unfinishedSearch(
  run: StepRun,
  noun: string,
  { gap, compared, back }: Unfinished,
  narrow: string,
): Error {
  const records = `${noun}s in TutorCruncher`;
  const unknown = 'this step cannot tell whether one of them matches.';
  const failure = (message: string): Error => new run.z.errors.Error(message, 'ApiError');
  if (gap === 'incomplete') {
    return failure(
      `TutorCruncher's list of ${noun}s was incomplete, for example because it changed while this step read it, so ${unknown} ` +
        'Try again in a few minutes.',
    );
  }
  if (gap === 'time') {
    return failure(
      `TutorCruncher responded too slowly to compare all ${noun}s, so ${unknown} Try again in a few minutes. If this ` +
        `persists, narrow the search. ${narrow}`,
    );
  }
  if (gap === 'details') {
    return run.refusal(
      `None of the first ${compared.toLocaleString('en')} ${noun}s matches. This step reads no more ${noun}s in full, so it ` +
        `cannot tell whether another ${noun} matches. ${narrow}`,
    );
  }
  if (back !== '') {
    return run.refusal(
      `None of the newest ${compared.toLocaleString('en')} ${records} matches, back to ${back}. This step does not ` +
        `compare older ${noun}s, so it cannot tell whether one of them matches. ${narrow}`,
    );
  }
  return run.refusal(`There are too many ${records} to compare all of them, so ${unknown} ${narrow}`);
}
