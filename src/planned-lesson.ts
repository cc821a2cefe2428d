import type { JsonObject } from '../wire/json.ts';
import { comparable, rowText } from './list-search.ts';
import { readChosen } from './object-record.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Reads a lesson that an action changes. TutorCruncher allows changes only to planned lessons.
 *
 * @throws {Error} with a message for the Zap's owner, if the lesson does not exist or is not planned
 */
export async function readPlanned(run: Run, lesson: TutorCruncherObject, id: string): Promise<JsonObject> {
  const found = await readChosen(run, lesson, id);
  if (comparable(rowText(found, 'status')) === 'planned') return found;
  throw run.refusal(
    'Only planned lessons can be changed, and this lesson is completed or cancelled. Nothing was changed. If earlier ' +
      'steps can return such lessons, let the Zap continue only if Lesson Status is planned.',
  );
}
