import { lesson } from '../objects/lesson.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { objectAction } from '../src/create.ts';
import { minutesInput } from '../src/inputs/minutes.ts';
import { dateTimeInput } from '../src/inputs/moment.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { textInput } from '../src/inputs/text.ts';
import { finishOf, lengthBetween, refuseTwoEnds } from '../src/lesson-times.ts';
import { comparable, rowText } from '../src/list-search.ts';
import { listPath, readChosen } from '../src/object-record.ts';
import { refuseNothing } from '../src/person-actions.ts';
import type { Run } from '../src/run.ts';
import { UPDATE_HELP } from './update-help.ts';

const TIME_HELP = 'A time without an offset from UTC is in the time zone of the Zap.';

const CHOSEN = recordInput(
  { key: 'lesson', label: 'Lesson', becomes: null, required: true, helpText: UPDATE_HELP },
  { list: 'lesson_list', search: 'find_lesson' },
);
const NEW_START = dateTimeInput({
  key: 'start',
  label: 'Start',
  becomes: 'start',
  helpText: `The new start. The lesson keeps its length unless Finish or Length in Minutes is filled in. ${TIME_HELP}`,
});
const NEW_FINISH = dateTimeInput({ key: 'finish', label: 'Finish', becomes: 'finish', helpText: TIME_HELP });
const NEW_LENGTH = minutesInput({
  key: 'length_in_minutes',
  label: 'Length in Minutes',
  becomes: null,
  helpText: 'Fill in this field or Finish, not both.',
});
const NEW_TOPIC = textInput({ key: 'topic', label: 'Topic', becomes: 'topic' });

/** The fields of a lesson that an update has to send, in the form in which TutorCruncher accepts them. */
interface RequiredFields {
  readonly topic: string;
  readonly start: string;
  readonly finish: string;
  /** Id of the job. */
  readonly service: number;
}

/** Returns the required fields of a lesson. @throws {Error} with a message for the Zap's owner, if one is missing */
function requiredFieldsOf(run: Run, found: JsonObject): RequiredFields {
  const [topic, start, finish] = [rowText(found, 'topic'), rowText(found, 'start'), rowText(found, 'finish')];
  const service = Number(isJsonObject(found.service) ? found.service.id : found.service);
  if (!(lengthBetween(start, finish) >= 0) || !(service > 0)) {
    throw unexpectedResponse(run.z, 'start, finish and job of the lesson');
  }
  return { topic, start, finish, service };
}

export const updateLesson = objectAction({
  key: 'update_lesson',
  label: 'Reschedule or Edit Lesson',
  description:
    'Reschedules a planned lesson, or changes its topic. TutorCruncher may email the people of the lesson, as your ' +
    'branch is set up to.',
  object: lesson,
  inputs: [CHOSEN, NEW_START, NEW_FINISH, NEW_LENGTH, NEW_TOPIC],
  hasCustomFields: true,
  // The response has the bare id of the job, and no custom fields.
  isResponsePartial: true,
  toWrite: async (values, body, run) => {
    const id = values.required(CHOSEN);
    const [newStart, minutes] = [values.of(NEW_START), values.of(NEW_LENGTH)];
    const end = { finish: values.of(NEW_FINISH), minutes };
    refuseNothing(minutes === null ? body : { ...body, minutes }, run);
    refuseTwoEnds(run, end);
    const found = await readChosen(run, lesson, id);
    if (comparable(rowText(found, 'status')) !== 'planned') {
      throw run.refusal(
        'Only planned lessons can be changed, and this lesson is completed or cancelled. Nothing was changed. If earlier ' +
          'steps can lead to such lessons, let the Zap continue only if Lesson Status is planned.',
      );
    }
    const before = requiredFieldsOf(run, found);
    const start = newStart ?? before.start;
    // Only a new start moves the finish. A finish that was not asked to change is sent as it was read.
    const changesTimes = newStart !== null || end.finish !== null || minutes !== null;
    const finish = changesTimes ? finishOf(run, start, end, lengthBetween(before.start, before.finish)) : before.finish;
    return {
      method: 'PUT',
      path: `${listPath(lesson)}${id}/`,
      body: { ...before, status: 'planned', ...body, start, finish },
    };
  },
  unknownOutcome:
    'The lesson may have been changed all the same. Look at the lesson in TutorCruncher. Replaying this run does no harm: ' +
    'it writes the same values again.',
});
