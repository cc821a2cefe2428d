/** Planned lessons, the only ones that actions may change, and their start and finish. */

import type { JsonObject } from '../wire/json.ts';
import { comparable, rowText } from './list-search.ts';
import { readChosen } from './object-record.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';
import { utcText } from './utc-text.ts';

const MINUTE_MS = 60_000;

/** The end of a lesson as specified in a step. */
export interface LessonEnd {
  /** ISO 8601 with an offset; null if the step does not specify a finish. */
  readonly finish: string | null;
  /** Length in minutes; null if the step does not specify a length. */
  readonly minutes: number | null;
}

/** @throws {Error} with a message for the Zap's owner, if a step specifies both a finish and a length */
export function refuseTwoEnds(run: Run, { finish, minutes }: LessonEnd): void {
  if (finish === null || minutes === null) return;
  throw run.refusal(
    'This step has both a Finish and a Length in Minutes. Fill in one of them, and leave the other one empty. Nothing ' +
      'was changed.',
  );
}

/** Returns the length between two date-times in milliseconds. NaN if one of them is invalid. */
export const lengthBetween = (start: string, finish: string): number => Date.parse(finish) - Date.parse(start);

/** Returns the finish in ISO 8601 from a start, an end or the known length. @throws {Error} if it is not after the start */
export function finishOf(run: Run, start: string, { finish, minutes }: LessonEnd, keptMs: number | null): string {
  const length = minutes === null ? keptMs : minutes * MINUTE_MS;
  if (finish === null && length === null) {
    throw run.refusal(
      'This step does not say when the lesson ends. Fill in Finish or Length in Minutes. Nothing was changed.',
    );
  }
  const end = finish ?? utcText(Date.parse(start) + (length ?? 0));
  if (lengthBetween(start, end) > 0) return end;
  throw run.refusal(
    'The lesson must finish after its start. Correct Start, Finish or Length in Minutes in this step. Nothing was ' +
      'changed.',
  );
}

/** Reads a lesson that an action changes. @throws {Error} if it does not exist or is not planned */
export async function readPlanned(run: Run, lesson: TutorCruncherObject, id: string): Promise<JsonObject> {
  const found = await readChosen(run, lesson, id);
  if (comparable(rowText(found, 'status')) === 'planned') return found;
  throw run.refusal(
    'Only planned lessons can be changed, and this lesson is completed or cancelled. Nothing was changed. If earlier ' +
      'steps can return such lessons, let the Zap continue only if Lesson Status is planned.',
  );
}
