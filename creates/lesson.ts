import { job } from '../objects/job.ts';
import { lesson } from '../objects/lesson.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { allEnded } from '../src/all-ended.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { objectAction } from '../src/action/action.ts';
import { DATE_TIME_HELP, dateTimeInput, endInput } from '../src/inputs/date-time.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { minutesInput } from '../src/inputs/number.ts';
import { textInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { utcText } from '../src/record/local-time.ts';
import { referencedId, rowText } from '../src/api/rows.ts';
import { lessonAt } from './existing-lesson.ts';
import {
  emptyRateHelp,
  notOnJobHelp,
  peopleInput,
  RATE_EXAMPLE,
  RATE_UNIT,
  refuseWithoutPeople,
  rateInput,
  readPlanned,
  SPLIT_HELP,
  STUDENT,
  TUTOR,
} from './participants.ts';
import { loopHelp, updateAction } from './update.ts';

const START = dateTimeInput('start', { required: true, helpText: DATE_TIME_HELP });
const FINISH = endInput('finish', START, {
  ifMappedEmpty: 'fail',
  helpText:
    'Fill in Finish or Length in Minutes. For example, 2027-01-12 17:30, in the time zone of your branch. If Start has an ' +
    'offset such as +01:00, Finish needs an offset, too. A lesson lasts at most a day.',
});
const LENGTH = minutesInput('length_in_minutes', {
  label: 'Length in Minutes',
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText: 'Fill in Finish or Length in Minutes. For example, 90.',
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Returns the time between two date-times in milliseconds; NaN if one of the date-times is invalid. */
const lengthBetween = (start: string, finish: string): number => Date.parse(finish) - Date.parse(start);

/** The end of a lesson in a step's inputs. `finish` is in ISO 8601 with an offset. */
interface LessonEnd {
  readonly finish: string | null;
  readonly minutes: number | null;
}

/**
 * Returns the end that a step specifies.
 *
 * @throws {Error} with a message for the Zap's owner, if the step specifies both a finish and a length
 */
function endIn(run: StepRun, values: InputValues): LessonEnd {
  const [finish, minutes] = [values.of(FINISH), values.of(LENGTH)];
  if (finish === null || minutes === null) return { finish, minutes };
  throw run.refusal(
    'This step has both "Finish" and "Length in Minutes". Fill in one of these fields, and leave the other empty. ' +
      'Nothing was changed.',
  );
}

/**
 * Returns the end of a lesson in ISO 8601: the chosen end, or the start plus the length.
 *
 * @throws {Error} if the end is missing or not after the start, or if the chosen end makes the lesson longer than a day
 */
function finishOf(run: StepRun, start: string, { finish, minutes }: LessonEnd, keptMs: number | null): string {
  const length = minutes === null ? keptMs : minutes * MINUTE_MS;
  const end = finish ?? (length === null ? null : utcText(Date.parse(start) + length));
  if (end === null) {
    throw run.refusal(
      'This step does not say when the lesson ends. Fill in "Finish" or "Length in Minutes". Nothing was changed.',
    );
  }
  if (finish !== null && lengthBetween(start, finish) > DAY_MS) {
    throw run.refusal(
      'This lesson would last longer than a day. Correct "Start" or "Finish" in this step. Nothing was changed.',
    );
  }
  if (lengthBetween(start, end) > 0) return end;
  throw run.refusal(
    'The lesson must finish after its start. Correct "Start", "Finish" or "Length in Minutes" in this step. ' +
      'Nothing was changed.',
  );
}

const JOB = objectInput('job', {
  becomes: 'service',
  required: true,
  helpText: `The job that the lesson belongs to. ${loopHelp('New Lesson or Lesson Booked', 'creating a lesson')}`,
});
const STUDENTS = peopleInput(STUDENT, 'lesson', `The students of the lesson. ${notOnJobHelp('student')}`);
const TUTORS = peopleInput(TUTOR, 'lesson', `The tutors of the lesson. ${notOnJobHelp('tutor')}`);
const CHARGE_RATE = rateInput(
  STUDENT,
  `The rate of each student for this lesson: ${RATE_UNIT}. ${RATE_EXAMPLE} ${emptyRateHelp('student')} ${SPLIT_HELP}`,
);
const PAY_RATE = rateInput(
  TUTOR,
  `The rate that each tutor is paid for this lesson: ${RATE_UNIT}. ${emptyRateHelp('tutor')}`,
);
const EVERYONE = booleanInput('everyone_on_job', {
  label: 'Add Everyone on the Job',
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText:
    'Adds all students and tutors of the job, at their rates on the job unless Charge Rate or Pay Rate is filled in. Has ' +
    `an effect only if Students and Tutors are left empty. ${NO_EMPTY_VALUE}`,
});
const SKIP = booleanInput('skip_if_exists', {
  label: 'Skip if It Exists',
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText:
    'If the job already has a lesson with the same start and, if Students is filled in, with all of them, this step creates nothing ' +
    'and returns that lesson. Lesson Is New is then false. Cancelled lessons do not count. Without this option, replaying a ' +
    'run creates the lesson again.',
});

const entriesIn = (list: unknown): JsonObject[] => (Array.isArray(list) ? list.filter(isJsonObject) : []);

/**
 * Returns the people of a new lesson as API fields.
 *
 * @param body - the people and rates that the step fills in
 * @param everyoneOn - the job whose people are added; null if the step lists the people
 */
const peopleOf = (body: JsonObject, everyoneOn: JsonObject | null): JsonObject =>
  Object.fromEntries(
    [STUDENT, TUTOR].flatMap((names): [string, JsonObject[]][] => {
      const { id, rate } = names;
      const people = entriesIn(everyoneOn ? everyoneOn[names.job] : body[names.lesson]).map((person) => {
        const amount = body[rate] ?? person[rate] ?? null;
        return { [id]: person[id], ...(amount !== null && { [rate]: amount }) };
      });
      return people.length > 0 ? [[names.lesson, people]] : [];
    }),
  );

const createLesson = objectAction({
  key: 'create_lesson',
  label: 'Create Lesson',
  description:
    'Creates a planned lesson. This step alone does not charge anyone, and does not check whether the people are free. It sets no ' +
    "location: choose the location in TutorCruncher's calendar. Depending on the settings of your branch, " +
    'TutorCruncher may email the people on the lesson. Each run creates another lesson unless Skip if It Exists is chosen.',
  object: lesson,
  inputs: [
    JOB,
    textInput('topic', { required: true }),
    START,
    FINISH,
    LENGTH,
    STUDENTS,
    TUTORS,
    CHARGE_RATE,
    PAY_RATE,
    EVERYONE,
    SKIP,
  ],
  hasCustomFields: true,
  isExclusive: true,
  isNewField: { key: 'lesson_is_new', label: 'Lesson Is New' },
  soughtIn: (values) =>
    values.of(SKIP) === true
      ? {
          service: values.required(JOB),
          start: Date.parse(values.required(START)),
          students: values.of(STUDENTS)?.toSorted(),
        }
      : null,
  toWrite: async (values, { rcras, cjas, charge_rate, pay_rate, ...body }, run) => {
    const [service, start] = [values.required(JOB), values.required(START)];
    const finish = finishOf(run, start, endIn(run, values), null);
    const addsEveryone = values.of(EVERYONE) === true && rcras === undefined && cjas === undefined;
    if (!addsEveryone) {
      refuseWithoutPeople(run, values, CHARGE_RATE, STUDENTS);
      refuseWithoutPeople(run, values, PAY_RATE, TUTORS);
    }
    const [existing, everyoneOn] = await allEnded([
      values.of(SKIP) === true ? lessonAt(run, service, start, entriesIn(rcras)) : null,
      addsEveryone ? readChosen(run, job, service) : null,
    ]);
    if (existing) return { existing };
    const people = peopleOf({ rcras, cjas, charge_rate, pay_rate }, everyoneOn);
    return {
      method: 'POST',
      path: listPath(lesson),
      body: { ...body, finish, status: 'planned', ...people },
    };
  },
  unknownOutcome: {
    advice: 'The lesson may still have been created. Look for a lesson of this job with this start in TutorCruncher.',
    replay: 'creates it again unless Skip if It Exists is chosen',
  },
});

const NEW_START = dateTimeInput('start', {
  ifMappedEmpty: 'fail',
  helpText: `${DATE_TIME_HELP} The lesson keeps its length unless Finish or Length in Minutes is filled in.`,
});

/**
 * Returns the fields of a lesson that an update must send, in the form that TutorCruncher accepts.
 *
 * @throws {Error} with a message for the Zap's owner, if a field is missing
 */
function requiredFieldsOf(run: StepRun, found: JsonObject) {
  const [topic, start, finish] = [rowText(found, 'topic'), rowText(found, 'start'), rowText(found, 'finish')];
  const service = referencedId(found.service);
  if (!(lengthBetween(start, finish) >= 0) || !(service > 0)) {
    throw unexpectedResponse(run.z, 'start, finish or job for the lesson');
  }
  return { topic, start, finish, service };
}

const updateLesson = updateAction({
  key: 'update_lesson',
  label: 'Reschedule or Edit Lesson',
  description:
    'Reschedules a planned lesson, or changes its topic. This step does not check whether the tutors, the students and the ' +
    'location are free. If Lesson Location Allows Double Booking is true, lessons may overlap at the location. ' +
    "The step cannot complete or cancel a lesson, because TutorCruncher's API does not allow it: open the lesson in " +
    "TutorCruncher's calendar for that. Depending on the settings of your branch, TutorCruncher may email the people on the lesson.",
  object: lesson,
  inputs: [NEW_START, FINISH, LENGTH, textInput('topic', { ifMappedEmpty: 'omit' })],
  hasCustomFields: true,
  toPut: async (id, values, body, run) => {
    const newStart = values.of(NEW_START);
    const end = endIn(run, values);
    const found = await readPlanned(run, id);
    const before = requiredFieldsOf(run, found);
    const start = newStart ?? before.start;
    // The finish is moved only if the start changes. Otherwise the finish is sent as it was read.
    const changesTimes = newStart !== null || end.finish !== null || end.minutes !== null;
    const finish = changesTimes ? finishOf(run, start, end, lengthBetween(before.start, before.finish)) : before.finish;
    const { topic = before.topic, ...others } = body;
    const isSame =
      topic === before.topic && lengthBetween(before.start, start) === 0 && lengthBetween(before.finish, finish) === 0;
    // A replay of a change that TutorCruncher has saved must succeed, even if the outcome was unknown. Custom fields
    // are not compared.
    if (isSame && others.extra_attrs === undefined) return { existing: found };
    return { body: { ...before, status: 'planned', ...body, start, finish } };
  },
  replay: 'moves the lesson or changes its topic again, even if somebody has changed it since',
});

export const lessonActions = [createLesson, updateLesson];
