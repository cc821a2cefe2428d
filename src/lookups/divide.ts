/**
 * Divides a subject into one state for each run. If a Zap runs for each person and the event does not contain the
 * people, the lesson or the job is read.
 */

import type { JsonObject } from '../../wire/json.ts';
import type { InputField } from '../choices/filter-fields.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { absentIn, STUDENT_STATUS } from './absent-students.ts';
import type { CompletedSubject } from './completed-subject.ts';
import { concernedPeople, concernsOnlyChanged } from './concerned-people.ts';
import { readForCondition } from './decisive-read.ts';
import { withDetails } from './fetched-details.ts';
import { slug } from '../record/product-words.ts';
import { hasAnyStatus, rowText } from '../api/rows.ts';
import { changedPeopleFields, personChangeOf, type PeopleRows } from '../record/changed-people.ts';
import { subjectFor } from '../record/other-families.ts';
import { participantsIn, rowsOfPerson, type Person } from '../record/participants.ts';
import type { FlatRecord } from '../record/record.ts';
import type { StepRun } from '../api/step-run.ts';
import { CHOOSE_AN_ENTRY, personKindIn, RUN_FOR } from './run-for-field.ts';

/** A state into which a subject is divided: the part of the subject that the record of one run shows. */
export interface DividedState {
  /** The person to whom the part belongs; null for the whole subject. */
  readonly person: Person | null;
  /** The state that is shown in the record. */
  readonly state: JsonObject;
  /** The same state with the rows of all people, which show the family to which the actor of the event belongs. */
  readonly whole: JsonObject;
  /** The fields that name the changed people of a lesson; empty for a trigger that does not name changed people. */
  readonly names: FlatRecord;
}

/** A divided state, with the subject from which lookups take their data. */
export interface DividedSubject extends DividedState {
  readonly subject: CompletedSubject;
}

/** An action about one person's part of a lesson, such as the booking of one client. */
export interface PartialAction {
  readonly action: string;
  /** The statuses of a lesson for which the action affects everybody who takes part. */
  readonly statuses: readonly string[];
}

/** Returns true if a lesson has one of the statuses; null if the lesson's status is missing. */
const hasStatus = (lesson: JsonObject, statuses: readonly string[]): boolean | null =>
  slug(rowText(lesson, 'status')) === '' ? null : hasAnyStatus(lesson, statuses);

/** Returns a state for one run about the whole subject. */
export const undivided = (state: JsonObject, names: FlatRecord = {}): DividedState => ({
  person: null,
  state,
  whole: state,
  names,
});

/** The parts of a trigger that determine how a subject is divided. */
export interface PersonChoice {
  /** The input field with the choice to run for each person; null if the trigger does not offer the choice. */
  readonly runForField: InputField | null;
  /**
   * An action for which a Zap runs for each person only if the action affects everybody who takes part in the lesson.
   */
  readonly partialAction?: PartialAction;
  /** True for a trigger that always runs for each absent student of a lesson; default: false. */
  readonly isForAbsent?: boolean;
  /**
   * `namesPeople`: true for a trigger that names the changed people of a lesson, and that runs only for the people
   * affected by the change.
   */
  readonly view: { readonly namesPeople: boolean };
}

/**
 * Divides a subject into the states shown in records: the whole subject, or one part for each person.
 *
 * @param max - maximum number of states
 * @throws {Error} if the people are unknown; see {@link readForCondition}
 */
export async function divide(
  subject: CompletedSubject,
  { runForField, partialAction, isForAbsent = false, view }: PersonChoice,
  kept: KeptEvent,
  run: StepRun,
  max: number,
): Promise<DividedSubject[]> {
  const { action } = kept.event;
  const kind = isForAbsent ? 'student' : runForField ? personKindIn(run.bundle) : null;
  if (kind === undefined) {
    return readForCondition(run, RUN_FOR, () => Promise.reject(run.refusal(CHOOSE_AN_ENTRY)));
  }
  const change = view.namesPeople ? personChangeOf(action) : null;
  const concerned = change && (await concernedPeople(subject, kept, change, kind, run));
  // An empty list of changed people means that other events of the burst have already reported the entire change.
  if (concerned?.changed?.size === 0) return [];
  const namesFor = (people: PeopleRows | null): FlatRecord => (change ? changedPeopleFields(people, change.kind) : {});
  const changed = concerned?.changed ?? null;
  if (kind === null) return [{ ...undivided(subject.shown, namesFor(changed)), subject }];
  if (partialAction?.action === action) {
    const { statuses } = partialAction;
    if (!(await subject.find(RUN_FOR, (state) => hasStatus(state, statuses)))) return [];
  }
  const tellsPeople = participantsIn(subject.subject, kind, false) !== null;
  const participants =
    concerned?.participants ??
    (isForAbsent
      ? await subject.find(STUDENT_STATUS, absentIn)
      : await subject.find(RUN_FOR, (state, isRecord) => participantsIn(state, kind, isRecord))) ??
    [];
  const shown = tellsPeople ? subject.shown : withDetails(subject.shown, subject.record ?? undefined);
  return participants.slice(0, max).map(({ person, people }) => {
    const whole = { ...shown, ...people };
    const state = subjectFor(person, whole);
    const own = changed && change && concernsOnlyChanged(change, kind) ? rowsOfPerson(changed, person) : changed;
    const names = namesFor(own);
    return { person, state, whole, names, subject: subject.ofPerson(state, (each) => subjectFor(person, each)) };
  });
}
