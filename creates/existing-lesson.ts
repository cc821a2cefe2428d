/** The comparison of a new lesson with the existing lessons of its job, for Skip if It Exists. */

import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { hasAnyStatus, includesPerson, referencedId, refersTo, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { CANCELLED } from '../src/polled/lesson-poll.ts';
import { searchList } from '../src/search/list-search.ts';
import { aroundTime } from '../src/search/span-filter.ts';

/**
 * Returns the lesson of a job that starts at the given time, has the given students, and is not cancelled; null if
 * there is no such lesson.
 *
 * @throws {Error} if a lesson lacks a field that is compared
 */
export async function lessonAt(
  run: StepRun,
  service: string,
  start: string,
  students: readonly JsonObject[],
): Promise<JsonObject | null> {
  const match = await searchList(run, lesson, {
    params: { service, ...aroundTime('start', start) },
    maxPages: 3,
    isRow: (row) => {
      const startOfRow = Date.parse(rowText(row, 'start'));
      if (Number.isNaN(startOfRow) || rowText(row, 'status') === '' || !(referencedId(row.service) > 0)) {
        throw unexpectedResponse(run.z, 'start, status or job of the lessons');
      }
      return refersTo(row.service, service) && startOfRow === Date.parse(start) && !hasAnyStatus(row, CANCELLED);
    },
    // Rows of the list do not contain people, so the details are compared.
    isMatch: ({ rcras }) => {
      if (students.length > 0 && !Array.isArray(rcras)) throw unexpectedResponse(run.z, 'students of the lesson');
      return students.every(({ recipient }) => includesPerson(rcras, 'recipient', String(recipient)));
    },
    narrow: 'Turn off "Skip if It Exists", or look for the lesson with Find Lesson in an earlier step.',
  });
  return match?.found ?? null;
}
