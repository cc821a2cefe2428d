/**
 * The people affected by a change to the students or tutors of a lesson. A trigger can run once for each of these
 * people.
 */

import type { JsonObject } from '../../wire/json.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import type { StepRun } from '../api/step-run.ts';
import { changedPeople, knownPeople, type PeopleRows, type PersonChange } from '../record/changed-people.ts';
import { participantsIn, peopleIn, rowsById, type Participant, type PersonKind } from '../record/participants.ts';
import type { CompletedSubject } from './completed-subject.ts';
import { readForCondition } from './decisive-read.ts';
import { RUN_FOR } from './run-for-field.ts';

/** The people who changed, and the people for whom the trigger runs. */
export interface ConcernedPeople {
  /** The rows of the changed people by id; null if the changed people are unknown. */
  readonly changed: PeopleRows | null;
  /** The people for whom the trigger runs; null if it runs for all people of the lesson, or once for the lesson. */
  readonly participants: readonly Participant[] | null;
}

/** The API fields with a lesson's students and tutors. */
const LISTS = { student: 'rcras', tutor: 'cjas' } as const;

/**
 * Returns true if a change affects only some people of a kind: the changed people or their clients. A change to a
 * tutor, for example, affects all students.
 */
export const concernsOnlyChanged = (change: PersonChange, kind: PersonKind | null): boolean =>
  kind === change.kind || (kind === 'client' && change.kind === 'student');

/**
 * Returns the rows of a lesson's students or tutors; null if they are unknown. An empty list in an event is treated as
 * unknown, because TutorCruncher may have omitted the people from the event.
 */
const rowsIn = (lesson: JsonObject, kind: PersonChange['kind'], isRecord: boolean): PeopleRows | null => {
  const rows = rowsById(lesson, kind);
  return isRecord || rows?.size ? rows : null;
};

/**
 * Returns the rows of a lesson's students or tutors, for display; null if they are unknown. If the event contains an
 * empty list, the lesson is read.
 */
async function peopleToName(subject: CompletedSubject, kind: PersonChange['kind']): Promise<PeopleRows | null> {
  const sent = rowsById(subject.subject, kind);
  if (sent?.size !== 0) return sent;
  const record = await subject.details().catch(() => null);
  return record && rowsIn(record, kind, true);
}

/**
 * Returns the people affected by a change. The row of a removed person comes from an earlier event.
 *
 * @param kind - the kind of people for whom the Zap runs; null if it runs once for the lesson
 * @throws {Error} if the Zap runs for the changed people, but these people are unknown
 */
export async function concernedPeople(
  subject: CompletedSubject,
  kept: KeptEvent,
  change: PersonChange,
  kind: PersonKind | null,
  run: StepRun,
): Promise<ConcernedPeople> {
  if (kind === null || !concernsOnlyChanged(change, kind)) {
    const current = await peopleToName(subject, change.kind);
    return { changed: current && changedPeople(kept, change, current), participants: null };
  }
  const current = await subject.find(RUN_FOR, (state, isRecord) => rowsIn(state, change.kind, isRecord));
  const changed = current && changedPeople(kept, change, current);
  if (!changed) {
    const advice =
      `The earlier events do not show which ${change.kind} was ${change.change}. Look at the lesson in TutorCruncher, and ` +
      `do the work of this Zap by hand, or choose "The Lesson" in "${RUN_FOR}".`;
    return readForCondition(run, RUN_FOR, () => Promise.reject(run.refusal(advice)));
  }
  const rows = change.change === 'removed' ? knownPeople(kept, change.kind, current) : current;
  const among = (people: PeopleRows) => ({ [LISTS[change.kind]]: [...people.values()] });
  const ids = new Set(peopleIn(among(changed), kind));
  const participants = participantsIn(among(rows), kind, true) ?? [];
  return { changed, participants: participants.filter(({ person }) => ids.has(person.id)) };
}
