/** Polls of the list of lessons: the choices that all triggers about them offer, and the lessons that are due. */

import type { JsonObject } from '../../wire/json.ts';
import type { Params } from '../api/client.ts';
import { rowId } from '../api/records.ts';
import { recordInput } from '../inputs/record-id.ts';
import type { Input, InputValues } from '../inputs/input.ts';
import { includesPerson, refersTo, rowText } from '../list-search.ts';
import { listPath } from '../object-record.ts';
import { slug } from '../record/product-words.ts';
import type { Run } from '../run.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';
import { utcText } from '../utc-text.ts';
import type { Poll } from './polled-trigger.ts';
import { rowsBetween, type Span } from './rows-between.ts';

const HOUR_MS = 3_600_000;
/** TutorCruncher filters lessons by their start only, so that the length of a lesson must be limited. */
const MAX_LESSON_MS = 24 * HOUR_MS;
/** A lesson that starts within this time is reported even if more lessons than usual are waiting. */
const URGENT_MS = 20 * 60_000;

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
  /** The field with the moment that the trigger is about. */
  readonly moment: 'start' | 'finish';
  /** The span in which this moment lies. */
  readonly span: Span;
  /** The statuses of which a lesson has one, as TutorCruncher spells them in lists. */
  readonly statuses: readonly string[];
  /** True if a lesson triggers again after it was moved. Its id then contains its start. */
  readonly triggersAgainIfMoved?: boolean;
}

/** Returns the poll that finds lessons. */
export function lessonPoll(
  object: TutorCruncherObject,
  values: InputValues,
  run: Run,
  { moment, span, statuses, triggersAgainIfMoved = false }: DueLessons,
  now: number,
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
  return {
    readRows: () =>
      rowsBetween(
        run,
        starts,
        ({ from, to }, page) => {
          const limits = { start_gte: utcText(from), start_lte: utcText(to + 999) };
          return run.readPage(listPath(object), { ...params, ...limits }, page);
        },
        'Choose a shorter time, or choose a job, a tutor, a student or a client.',
      ),
    dueOf: (lesson) => {
      const id = rowId(lesson);
      const start = Date.parse(rowText(lesson, 'start'));
      const at = Date.parse(rowText(lesson, moment));
      const isDue =
        id !== null &&
        !Number.isNaN(start) &&
        at >= span.from &&
        at <= span.to &&
        allowed.has(slug(rowText(lesson, 'status'))) &&
        (job === null || refersTo(lesson.service, job));
      if (!isDue) return null;
      // TutorCruncher may write the same moment with another offset, so the id contains it in UTC.
      return {
        id: triggersAgainIfMoved ? `${id}@${utcText(start)}` : id,
        at,
        isUrgent: at > now && at <= now + URGENT_MS,
      };
    },
    isChosen: ({ rcras, cjas }: JsonObject) =>
      (student === null || includesPerson(rcras, 'recipient', student)) &&
      (client === null || includesPerson(rcras, 'paying_client', client)) &&
      (tutor === null || includesPerson(cjas, 'contractor', tutor)),
  };
}
