/** The choice that limits a trigger to the first completed lesson of a client, a student or a job. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { rowId } from './api/records.ts';
import type { Lookup } from './lookup.ts';
import { listPath } from './object-record.ts';
import { rowText } from './list-search.ts';
import { utcText } from './utc-text.ts';
import { slug } from './record/product-words.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Maximum number of people of a lesson whose earlier lessons are looked up. Each takes one request. */
const MAX_PEOPLE = 10;
const DAY_MS = 24 * 3_600_000;

/** The API's filter for the lessons of a person or a job by choice, and the person's field in the list of students. */
const CHOICES: Readonly<Record<string, { readonly filter: string; readonly person?: string }>> = {
  client: { filter: 'client', person: 'paying_client' },
  student: { filter: 'recipient', person: 'recipient' },
  job: { filter: 'service' },
};

const referredId = (value: unknown): string | null => rowId(isJsonObject(value) ? value : { id: value });

/** Returns the distinct ids of the people in a field of a lesson's students. @throws {Error} if the lesson has none */
export function peopleOf({ rcras }: JsonObject, name: string): string[] {
  const ids = (Array.isArray(rcras) ? rcras : [null]).map(
    (student) => isJsonObject(student) && referredId(student[name]),
  );
  if (!ids.every((id) => typeof id === 'string')) throw new Error('The lesson does not contain its people.');
  return [...new Set(ids)];
}

function jobOf({ service }: JsonObject): string[] {
  const id = referredId(service);
  if (id === null) throw new Error('The lesson does not contain its job.');
  return [id];
}

/** Returns true if another completed lesson of a person or a job started earlier. @throws {Error} if this is unknown */
async function hasEarlier(
  run: Run,
  lesson: TutorCruncherObject,
  subject: JsonObject,
  filter: Readonly<Record<string, string>>,
): Promise<boolean> {
  const start = Date.parse(rowText(subject, 'start'));
  // The documentation of `start_lte` speaks of the end of the lessons, so that lessons at the same time could be
  // missing.
  const params = { ...filter, status: 'complete', start_lte: utcText(start + DAY_MS) };
  const { rows, hasMore } = await run.readPage(listPath(lesson), params, 1);
  const isEarlier = (row: JsonObject): boolean =>
    rowId(row) !== rowId(subject) &&
    slug(rowText(row, 'status')) === 'complete' &&
    Date.parse(rowText(row, 'start')) < start;
  if (rows.some(isEarlier)) return true;
  if (hasMore) throw new Error('The list does not only contain earlier lessons.');
  return false;
}

/** Returns the choice that limits a trigger to first lessons. @param lesson - the object */
export const firstLessons = (lesson: TutorCruncherObject): Lookup => ({
  field: {
    key: 'only_first_lessons_of',
    label: 'Only First Lessons Of',
    helpText:
      'Only trigger if no other completed lesson of the client, the student or the job started earlier. If several students ' +
      'take part, it is enough that this is the first lesson of one of them. Each event takes one request to ' +
      'TutorCruncher, or one for each of up to ten students or clients. If TutorCruncher does not respond, the Zap runs, ' +
      'and **First Lesson Known** is false.',
    type: 'string',
    required: false,
    choices: { client: 'Client', student: 'Student', job: 'Job' },
  },
  sample: { first_lesson_known: true },
  unknown: { first_lesson_known: false },
  find: async (subject, choice, run) => {
    const { filter, person } = CHOICES[choice.toLowerCase()] ?? {};
    if (filter === undefined) throw new Error('There is no such choice.');
    const ids = person === undefined ? jobOf(subject) : peopleOf(subject, person);
    const lookups = ids.slice(0, MAX_PEOPLE).map((id) => hasEarlier(run, lesson, subject, { [filter]: id }));
    const outcomes = await Promise.allSettled(lookups);
    const isKnown =
      ids.length > 0 && ids.length <= MAX_PEOPLE && outcomes.every(({ status }) => status === 'fulfilled');
    const isFirst = outcomes.some((outcome) => outcome.status === 'fulfilled' && !outcome.value);
    return isKnown && !isFirst ? null : { fields: { first_lesson_known: isFirst } };
  },
});
