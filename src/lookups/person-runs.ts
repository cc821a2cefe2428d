/** The runs for an event of a Zap that runs for each person: the people of its lesson or job, read if the event lacks them. */

import type { JsonObject } from '../../wire/json.ts';
import type { CompletedSubject } from './completed-subject.ts';
import { readForCondition } from './decisive-read.ts';
import { withDetails } from './fetched-details.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { slug } from '../record/product-words.ts';
import { hasAnyStatus, rowText } from '../rows.ts';
import { runsIn, subjectFor } from '../record/runs.ts';
import type { Run } from '../run.ts';
import { CHOOSE_AN_ENTRY, personKindIn, RUN_FOR } from './run-for-field.ts';

/** A run of a Zap: its subject, and the additions to the event from which its record is made. */
export interface SubjectOfRun {
  readonly subject: CompletedSubject;
  readonly additions: Pick<KeptEvent, 'onlyFor' | 'details'>;
}

/** An action about one person's part of a lesson, such as the booking of one client. */
export interface PartialAction {
  readonly action: string;
  /** The statuses of a lesson with which the action concerns everybody who takes part. */
  readonly statuses: readonly string[];
}

/** Returns true if a lesson has one of these statuses; null if it does not tell its status. */
const hasStatus = (lesson: JsonObject, statuses: readonly string[]): boolean | null =>
  slug(rowText(lesson, 'status')) === '' ? null : hasAnyStatus(lesson, statuses);

/**
 * Returns the runs for an event. There is one run for the whole subject unless the Zap runs for each person.
 *
 * @param max - maximum number of runs
 * @param statuses - the statuses without which there is no run for a person; default: any
 * @throws {Error} if the people are unknown; see {@link readForCondition}
 */
export async function runsOf(
  subject: CompletedSubject,
  run: Run,
  max: number,
  statuses?: readonly string[],
): Promise<SubjectOfRun[]> {
  const kind = personKindIn(run.bundle);
  if (kind === null) return [{ subject, additions: {} }];
  if (kind === undefined) {
    return readForCondition(run, RUN_FOR, () => Promise.reject(run.refusal(CHOOSE_AN_ENTRY)));
  }
  if (statuses && !(await subject.find(RUN_FOR, (state) => hasStatus(state, statuses)))) return [];
  const isComplete = runsIn(subject.subject, kind, false) !== null;
  const runs = (await subject.find(RUN_FOR, (state, isRecord) => runsIn(state, kind, isRecord))) ?? [];
  const details = isComplete ? null : subject.record;
  const shown = withDetails(subject.subject, details ?? undefined);
  return runs.slice(0, max).map((onlyFor) => {
    const { person, people } = onlyFor;
    const part = (state: typeof shown) => subjectFor(person, state);
    return {
      subject: subject.ofRun(part({ ...shown, ...people }), part),
      additions: { onlyFor, ...(details && { details }) },
    };
  });
}
