/** The trigger for jobs whose last lesson ended a number of days ago. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import type { InputValues } from '../inputs/input.ts';
import { daysInput } from '../inputs/number.ts';
import { listPath } from '../object/object-record.ts';
import { utcText } from '../record/local-time.ts';
import { hasAnyStatus, referencedId, rowId, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { CANCELLED, MAX_LESSON_MS, TAKEN_PLACE } from './lesson-poll.ts';
import { HOW_OFTEN, MIN_REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';
import { rowsBetween } from './rows-between.ts';

const DAY_MS = 24 * 3_600_000;

const DAYS_AFTER = daysInput('days_after', 1, 180, 14, {
  becomes: null,
  helpText:
    'Number of days after the end of its last lesson at which a job triggers: 1 to 180. A day is 24 hours. The job must be available ' +
    'or in progress, and have no later lesson. Cancelled lessons do not count. Later lessons are looked up once, so a job ' +
    `whose next lesson is cancelled after this time does not trigger. ${HOW_OFTEN}`,
});

const daysIn = (values: InputValues): number => values.of(DAYS_AFTER) ?? Number(DAYS_AFTER.field.default);

/** The statuses of jobs that are expected to have lessons. */
const ACTIVE: readonly string[] = ['available', 'in-progress'];

/** The values that determine which lesson of a job is the last. Times are in milliseconds since 1970. */
interface LessonFacts {
  readonly id: number;
  readonly job: number;
  readonly start: number;
  readonly finish: number;
  readonly isCancelled: boolean;
}

/**
 * Returns the values of a row or details.
 *
 * @throws {Error} if a value is missing, because a job could seem quiet without the value
 */
function factsOf({ z }: StepRun, lesson: JsonObject): LessonFacts {
  const known = <T>(value: T, isKnown: boolean, name: string): T => {
    if (isKnown) return value;
    throw unexpectedResponse(z, `${name} of a lesson`);
  };
  const [id, job] = [Number(rowId(lesson)), referencedId(lesson.service)];
  const [start, finish] = [Date.parse(rowText(lesson, 'start')), Date.parse(rowText(lesson, 'finish'))];
  return {
    id: known(id, id > 0, 'ID'),
    job: known(job, job > 0, 'job'),
    start: known(start, !Number.isNaN(start), 'start'),
    finish: known(finish, !Number.isNaN(finish), 'end'),
    isCancelled: known(hasAnyStatus(lesson, CANCELLED), rowText(lesson, 'status') !== '', 'status'),
  };
}

/**
 * Returns true if a lesson ends after another lesson. If both end at the same time, the lesson with the higher id is
 * later.
 */
const endsAfter = (lesson: LessonFacts, other: LessonFacts): boolean =>
  lesson.finish === other.finish ? lesson.id > other.id : lesson.finish > other.finish;

/** Returns the row of the last lesson of each job. Cancelled lessons are ignored. */
function lastLessons(run: StepRun, rows: readonly JsonObject[]): JsonObject[] {
  const last = new Map<number, { readonly facts: LessonFacts; readonly row: JsonObject }>();
  for (const row of rows) {
    const facts = factsOf(run, row);
    const before = last.get(facts.job);
    if (!facts.isCancelled && (!before || endsAfter(facts, before.facts))) last.set(facts.job, { facts, row });
  }
  return [...last.values()].map(({ row }) => row);
}

const jobOf = ({ service }: JsonObject): JsonObject => (isJsonObject(service) ? service : {});

const hasJobStatus = (lesson: JsonObject): boolean => rowText(jobOf(lesson), 'status') !== '';

/**
 * Returns true if all lessons of a job after a lesson were cancelled. The request for the first page is already
 * counted.
 *
 * @param spend - counts the request for each page after the first, before the request is sent
 * @throws {Error} if TutorCruncher might have omitted lessons
 */
async function isLastOfJob(run: StepRun, path: string, lesson: LessonFacts, spend: () => Promise<void>) {
  // A lesson that started before this lesson can end after it.
  const from = Math.min(lesson.start, lesson.finish - MAX_LESSON_MS);
  const ids = new Set<number>();
  let count = 0;
  for (let number = 1; ; number++) {
    if (number > 1) await spend();
    const page = await run.readPage(path, { service: lesson.job, start_gte: utcText(from) }, number);
    const found = page.rows.map((row) => factsOf(run, row));
    if (found.some(({ job }) => job !== lesson.job)) {
      throw run.refusal(
        'TutorCruncher ignored the job for which this step asked, and listed lessons of other jobs. Try again in a few ' +
          "minutes. If this persists, TutorCruncher's API has changed and this app needs an update.",
      );
    }
    if (found.some((other) => !other.isCancelled && endsAfter(other, lesson))) return false;
    for (const { id } of found) ids.add(id);
    count = Math.max(count, page.count ?? 0);
    if (page.hasMore) continue;
    // Without this error, the job would seem quiet if TutorCruncher returned an empty list.
    if (!ids.has(lesson.id) || ids.size < count)
      throw unexpectedResponse(run.z, 'complete list of the lessons of a job');
    return true;
  }
}

/** Defines a trigger for the last lesson of each job. */
export const quietJobTrigger = (
  trigger: Omit<PolledTriggerDefinition, 'inputs' | 'offersRunFor' | 'idEnd' | 'reminders' | 'poll'>,
): PolledTrigger =>
  polledTrigger({
    ...trigger,
    offersRunFor: true,
    inputs: [DAYS_AFTER],
    poll: (values, run, now) => {
      const { object } = trigger;
      const to = now - daysIn(values) * DAY_MS;
      const narrow = `Choose another number in "${DAYS_AFTER.field.label}".`;
      return {
        readRows: async ({ span, spend }) => {
          // Past rows are also read up to `to`, because a lesson in the past span is not the last lesson if a later
          // lesson follows.
          const started = { from: span.from - MAX_LESSON_MS, to };
          const list = { field: 'start', params: {}, narrow };
          return lastLessons(run, await rowsBetween(run, object, { span: started, spend }, list));
        },
        momentOf: (lesson) => factsOf(run, lesson).finish,
        span: { from: to - MIN_REACH_MS, to },
        // A row without the status of the job is checked when its details are read.
        isDue: (lesson) =>
          hasAnyStatus(lesson, TAKEN_PLACE) && (!hasJobStatus(lesson) || hasAnyStatus(jobOf(lesson), ACTIVE)),
        // The rows end at `to`, so they do not show whether the job has a lesson after that time.
        toCheck:
          'First open the job of each lesson in TutorCruncher: if it has a later lesson that is not cancelled, do nothing.',
        readMore: async (lesson, spend) => {
          if (!hasJobStatus(lesson)) throw unexpectedResponse(run.z, 'status of the job of a lesson');
          const isLast = await isLastOfJob(run, listPath(object), factsOf(run, lesson), spend);
          return isLast ? lesson : null;
        },
      };
    },
  });
