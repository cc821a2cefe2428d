/** The choice that limits a trigger to the first completed lesson of a client, a student or a job. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import { ListReading } from '../api/list-reading.ts';
import { readForCondition } from './decisive-read.ts';
import type { Lookup } from './lookup.ts';
import { listPath } from '../object/object-record.ts';
import { utcText } from '../record/local-time.ts';
import { slug } from '../record/product-words.ts';
import { peopleIn, type PersonKind } from '../record/participants.ts';
import { rowId, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** Maximum number of people in a lesson whose earlier lessons are looked up. Each person requires one request. */
const MAX_PEOPLE = 10;
/** The label of the input field. */
const LABEL = 'Only First Lessons Of';
const DAY_MS = 24 * 3_600_000;

/** The choices, each with the API's filter for lessons and the kind of person whose lessons are counted. */
const CHOICES: Readonly<Record<string, { readonly filter: string; readonly person?: PersonKind }>> = {
  client: { filter: 'client', person: 'client' },
  student: { filter: 'recipient', person: 'student' },
  job: { filter: 'service' },
};

/** Returns the id in a field's value, which is an id or a nested record; null if the value has no id. */
export const referredId = (value: unknown): string | null => rowId(isJsonObject(value) ? value : { id: value });

/** The part of a lesson on which the choice depends. */
interface LessonFacts {
  readonly id: string | null;
  /** Start of the lesson, in milliseconds since 1970. */
  readonly start: number;
  /** The ids of the lesson's clients or students, or the id of its job. */
  readonly ids: readonly string[];
}

/**
 * Returns the start and the people of a lesson; null if the lesson lacks the start or the people. An empty list of
 * students in an event is treated as missing.
 */
function factsIn(lesson: JsonObject, isRecord: boolean, person: PersonKind | undefined): LessonFacts | null {
  const start = Date.parse(rowText(lesson, 'start'));
  const job = referredId(lesson.service);
  const ids = person === undefined ? (job === null ? null : [job]) : peopleIn(lesson, person);
  if (Number.isNaN(start) || ids === null || (ids.length === 0 && !isRecord)) return null;
  return { id: rowId(lesson), start, ids };
}

/**
 * Returns true if a person or a job has another completed lesson that started earlier.
 *
 * @throws {Error} if the lessons that TutorCruncher returns do not show this
 */
async function hasEarlier(
  run: StepRun,
  lesson: TutorCruncherObject,
  { id, start }: LessonFacts,
  filter: Readonly<Record<string, string>>,
): Promise<boolean> {
  // According to TutorCruncher's documentation, `start_lte` compares the end of lessons. The additional day includes
  // earlier lessons whose end is after this lesson's start.
  const params = { ...filter, status: 'complete', start_lte: utcText(start + DAY_MS) };
  const page = await run.readPage(listPath(lesson), params, 1);
  const isEarlier = (row: JsonObject): boolean =>
    rowId(row) !== id && slug(rowText(row, 'status')) === 'complete' && Date.parse(rowText(row, 'start')) < start;
  if (page.rows.some(isEarlier)) return true;
  if (page.hasMore) throw run.refusal('TutorCruncher returned too many lessons to find an earlier one.');
  const reading = new ListReading();
  reading.add(page);
  const isComparable = (row: JsonObject): boolean =>
    rowText(row, 'status') !== '' && !Number.isNaN(Date.parse(rowText(row, 'start')));
  if (reading.isWhole && page.rows.every(isComparable)) return false;
  throw unexpectedResponse(run.z, 'complete list of lessons with their status and start');
}

/**
 * Returns true if a lesson is the first lesson of at least one of its people; false if all of its people have had an
 * earlier lesson.
 *
 * @throws {Error} if a request fails and no person is known to have a first lesson
 */
async function isFirstOfAny(run: StepRun, lesson: TutorCruncherObject, facts: LessonFacts, filter: string) {
  const had = new Map<string, boolean>();
  return readForCondition(run, LABEL, async () => {
    const waiting = facts.ids.slice(0, MAX_PEOPLE).filter((id) => !had.has(id));
    const outcomes = await Promise.allSettled(
      waiting.map(async (id) => had.set(id, await hasEarlier(run, lesson, facts, { [filter]: id }))),
    );
    if ([...had.values()].includes(false)) return true;
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    // A failed request with status 429 takes precedence, because a repetition within the same minute would fail again.
    const error = errors.find(({ name }) => name === 'ThrottledError') ?? errors[0];
    if (error) throw error;
    return false;
  });
}

/** Returns the choice that limits a trigger to first lessons. @param lesson - the definition of the object lesson */
export const firstLessons = (lesson: TutorCruncherObject): Lookup => ({
  field: {
    key: 'only_first_lessons_of',
    label: LABEL,
    helpText:
      'Only trigger if no other completed lesson of the client, the student or the job started earlier. If several students ' +
      'take part, it is enough that this is the first lesson of one of them. Each event takes one request to ' +
      'TutorCruncher, or one for each of up to ten students or clients. If more than ten take part and none of the first ' +
      'ten has a first lesson, the Zap runs, and **First Lesson Known** is false.',
    type: 'string',
    required: false,
    choices: { client: 'Client', student: 'Student', job: 'Job' },
  },
  sample: { first_lesson_known: true },
  requestsFor: (subject, choice) => {
    const { person } = CHOICES[choice.toLowerCase()] ?? {};
    return person === undefined ? 1 : Math.min(peopleIn(subject, person)?.length ?? 1, MAX_PEOPLE);
  },
  find: async (subject, choice, run) => {
    const { filter, person } = CHOICES[choice.toLowerCase()] ?? {};
    if (filter === undefined) {
      return readForCondition(run, LABEL, () =>
        Promise.reject(run.refusal('Choose "Client", "Student" or "Job" there.')),
      );
    }
    const facts = await subject.find(LABEL, (found, isRecord) => factsIn(found, isRecord, person));
    if (facts === null || facts.ids.length === 0) return null;
    const isFirst = await isFirstOfAny(run, lesson, facts, filter);
    const isKnown = facts.ids.length <= MAX_PEOPLE;
    return isKnown && !isFirst ? null : { fields: { first_lesson_known: isFirst } };
  },
});
