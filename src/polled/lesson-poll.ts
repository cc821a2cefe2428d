/** Polls of the list of lessons: the choices that all triggers about them offer, and the lessons that are due. */

import type { Params } from '../api/client.ts';
import { recordInput } from '../inputs/record-id.ts';
import type { Input, InputValues } from '../inputs/input.ts';
import { includesPerson, refersTo, rowText } from '../list-search.ts';
import { slug } from '../record/product-words.ts';
import type { Run } from '../run.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';
import { utcText } from '../utc-text.ts';
import type { Poll } from './polled-trigger.ts';
import { rowsBetween, type Span } from './rows-between.ts';

/** TutorCruncher filters lessons by their start only, so that the length of a lesson must be limited. */
const MAX_LESSON_MS = 24 * 3_600_000;

const onlyFor = (person: string) =>
  `Only trigger for lessons of this ${person}. Leave empty to trigger for all lessons.`;

const JOB = recordInput('job', 'job_list', { becomes: 'service', helpText: onlyFor('job') });
const TUTOR = recordInput('tutor', 'tutor_list', { becomes: 'contractor', helpText: onlyFor('tutor') });
const STUDENT = recordInput('student', 'student_list', { becomes: 'recipient', helpText: onlyFor('student') });
const CLIENT = recordInput('client', 'client_list', { helpText: onlyFor('client') });

/** The inputs that narrow a trigger to the lessons of a job or a person. */
export const LESSON_CHOICES: readonly Input<string>[] = [JOB, TUTOR, STUDENT, CLIENT];

/** The lessons that are due. */
export interface DueLessons {
  /** The field with the moment that the trigger is about. A lesson whose start is moved triggers again at its start. */
  readonly moment: 'start' | 'finish';
  readonly span: Span;
  /** The statuses of which a lesson has one, as TutorCruncher spells them in lists. */
  readonly statuses: readonly string[];
}

/** Returns the poll that finds lessons. */
export function lessonPoll(
  object: TutorCruncherObject,
  values: InputValues,
  run: Run,
  { moment, span, statuses }: DueLessons,
): Poll {
  const [job, tutor] = [values.of(JOB), values.of(TUTOR)];
  const [student, client] = [values.of(STUDENT), values.of(CLIENT)];
  const chosen = LESSON_CHOICES.map((input) => [String(input.becomes), values.of(input) ?? ''] as const);
  // Details may spell a status differently, such as "Planned".
  const allowed = new Set(statuses.map(slug));
  const [status, ...otherStatuses] = statuses;
  // TutorCruncher can filter by one status only.
  const params: Params = {
    ...Object.fromEntries(chosen.filter(([, id]) => id !== '')),
    ...(status !== undefined && otherStatuses.length === 0 && { status }),
  };
  const starts = moment === 'start' ? span : { ...span, from: span.from - MAX_LESSON_MS };
  const narrow = 'Choose a shorter time, or choose a job, a tutor, a student or a client.';
  return {
    readRows: () => rowsBetween(run, object, 'start', starts, params, narrow),
    momentOf: (lesson) => Date.parse(rowText(lesson, moment)),
    span,
    isDue: (lesson) => allowed.has(slug(rowText(lesson, 'status'))) && refersTo(lesson.service, job),
    isChosen: ({ rcras, cjas }) =>
      includesPerson(rcras, 'recipient', student) &&
      includesPerson(rcras, 'paying_client', client) &&
      includesPerson(cjas, 'contractor', tutor),
    // TutorCruncher may write the same moment with another offset, so the id contains it in UTC.
    ...(moment === 'start' && { idEnd: utcText, canBeUrgent: true }),
  };
}
