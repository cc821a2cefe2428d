/**
 * The polls of the triggers that depend on the time of a lesson. These triggers share their choices and the code that
 * reads the due lessons.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';
import type { Params } from '../api/client.ts';
import { recordInput } from '../inputs/record-input.ts';
import type { Input, InputValues } from '../inputs/input.ts';
import { slug } from '../record/product-words.ts';
import { includesPerson, refersTo, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import type { Poll, Reading, Span } from './due-rows.ts';
import { rowsBetween } from './rows-between.ts';

const HOUR_MS = 3_600_000;

/**
 * Maximum length of a lesson. TutorCruncher filters lessons only by their start, so a poll for lessons that end in a
 * span also reads the lessons that start up to this long before the span.
 */
export const MAX_LESSON_MS = 24 * HOUR_MS;

/**
 * Duration by which polls extend the requested range of start times, until TutorCruncher's filter `start_lte` is known
 * to compare the start. According to TutorCruncher's documentation, the filter compares the end, so lessons that end
 * after the requested range could be missing.
 */
const UNPROVEN_MS = 3 * HOUR_MS;

/**
 * Lifetime and name of the entry in Zapier's cache that states that the filter compares the start. All Zaps of a
 * connection share the entry. If the entry is lost, polls read a few more rows.
 */
const PROOF_TTL_SECONDS = 14 * 86_400;
const PROOF_NAME = 'compares_start';

/** The statuses of lessons that were not cancelled. */
export const TAKEN_PLACE: readonly string[] = ['planned', 'awaiting-report', 'complete'];

/** The statuses of lessons that were cancelled. */
export const CANCELLED: readonly string[] = ['cancelled', 'cancelled-chargeable'];

const onlyFor = (person: string) =>
  `Only trigger for lessons of this ${person}. Leave empty to trigger for all lessons.`;

const JOB = recordInput('job', 'job_list', { becomes: 'service', helpText: onlyFor('job') });
const TUTOR = recordInput('tutor', 'tutor_list', { becomes: 'contractor', helpText: onlyFor('tutor') });
const STUDENT = recordInput('student', 'student_list', { becomes: 'recipient', helpText: onlyFor('student') });
const CLIENT = recordInput('client', 'client_list', { helpText: onlyFor('client') });

/** The inputs that narrow a trigger to the lessons of a job or a person. */
export const LESSON_CHOICES: readonly Input<string>[] = [JOB, TUTOR, STUDENT, CLIENT];

/**
 * Returns true if the filter is known to compare the start; false if this is unknown, or if the cache does not respond.
 */
const comparesStart = async (z: ZObject, bundle: Bundle): Promise<boolean> =>
  (await z.cache.get(cacheKey(bundle, PROOF_NAME)).catch(() => null)) === true;

/** Saves in the cache that the filter compares the start. */
async function rememberComparesStart(z: ZObject, bundle: Bundle): Promise<void> {
  await z.cache.set(cacheKey(bundle, PROOF_NAME), true, PROOF_TTL_SECONDS).catch(() => undefined);
}

/** The conditions under which a lesson is due. */
export interface DueLessons {
  /** The field that contains the time on which the trigger depends. */
  readonly moment: 'start' | 'finish';
  readonly span: Span;
  /** The statuses of lessons that are due, as TutorCruncher spells them in lists. */
  readonly statuses: readonly string[];
}

/** Returns the poll that finds the due lessons. */
export function lessonPoll(
  object: TutorCruncherObject,
  values: InputValues,
  run: StepRun,
  { moment, span, statuses }: DueLessons,
): Poll {
  const [job, tutor] = [values.of(JOB), values.of(TUTOR)];
  const [student, client] = [values.of(STUDENT), values.of(CLIENT)];
  const chosen = LESSON_CHOICES.map((input) => [String(input.becomes), values.of(input) ?? ''] as const);
  const hasStatusIn = (allowed: readonly string[]) => {
    // Slugs are compared, because details can spell a status differently, such as "Planned".
    const slugs = new Set(allowed.map(slug));
    return (lesson: JsonObject): boolean => slugs.has(slug(rowText(lesson, 'status'))) && refersTo(lesson.service, job);
  };
  const params: Params = Object.fromEntries(chosen.filter(([, id]) => id !== ''));
  // TutorCruncher can filter by only one status.
  const withStatus: Params = { ...params, ...(statuses.length === 1 && { status: String(statuses[0]) }) };
  const narrow = 'Choose a shorter time, or choose a job, a tutor, a student or a client.';
  const read = (reading: Reading, filters: Params): Promise<JsonObject[]> =>
    rowsBetween(run, object, reading, { field: 'start', params: filters, narrow });
  const readStarting = async ({ span: wanted, spend }: Reading): Promise<JsonObject[]> => {
    const isKnown = await comparesStart(run.z, run.bundle);
    const to = wanted.to + (isKnown ? 0 : UNPROVEN_MS);
    const rows = await read({ span: { from: wanted.from, to }, spend }, withStatus);
    const isProof = (lesson: JsonObject): boolean =>
      Date.parse(rowText(lesson, 'start')) <= to && Date.parse(rowText(lesson, 'finish')) > to + HOUR_MS / 60;
    if (!isKnown && rows.some(isProof)) await rememberComparesStart(run.z, run.bundle);
    return rows;
  };
  const shared = {
    momentOf: (lesson: JsonObject) => Date.parse(rowText(lesson, moment)),
    span,
    isDue: hasStatusIn(statuses),
    isChosen: ({ rcras, cjas }: JsonObject) =>
      includesPerson(rcras, 'recipient', student) &&
      includesPerson(rcras, 'paying_client', client) &&
      includesPerson(cjas, 'contractor', tutor),
  };
  if (moment === 'start') {
    return {
      ...shared,
      readRows: readStarting,
      // The past rows are not filtered by status, because the status of a lesson can change after its start.
      readPastRows: (reading) => read(reading, params),
      wasDue: hasStatusIn(TAKEN_PLACE),
    };
  }
  return {
    ...shared,
    readRows: ({ span: { from, to }, spend }) => read({ span: { from: from - MAX_LESSON_MS, to }, spend }, withStatus),
  };
}
