/**
 * Finds the people of a lesson whom an event reports as added, removed or edited. The event contains only the lesson
 * after the change, so a comparison with earlier events finds these people.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isScalar, type JsonObject } from '../../wire/json.ts';
import { comparedText, earlierEvents, type EventInBurst } from './burst.ts';
import { commonFields } from './common-fields.ts';
import { nameInRow, rowsById, type PersonKind } from './participants.ts';
import type { FlatRecord } from './record.ts';
import { comparableForm } from './same-value.ts';
import { joinNames, joinScalars } from './values.ts';

/** An addition, removal or edit of a tutor or student of a lesson. */
export interface PersonChange {
  readonly change: 'added' | 'removed' | 'edited';
  readonly kind: Extract<PersonKind, 'tutor' | 'student'>;
}

/** The rows of people by the person's id. */
export type PeopleRows = ReadonlyMap<string, JsonObject>;

const ACTION = /^(ADDED|REMOVED|EDITED)_(CONTRACTOR|SR)_(?:TO|FROM|ON)_APPOINTMENT$/;
const CHANGES = { ADDED: 'added', REMOVED: 'removed', EDITED: 'edited' } as const;
const isChangeWord = (word = ''): word is keyof typeof CHANGES => Object.hasOwn(CHANGES, word);

/** Returns the change that an action about a person of a lesson reports; null for all other actions. */
export function personChangeOf(action: string): PersonChange | null {
  const [, word, person] = ACTION.exec(action) ?? [];
  return isChangeWord(word) ? { change: CHANGES[word], kind: person === 'SR' ? 'student' : 'tutor' } : null;
}

/** Matches the keys of names in a row. A change to a person's name is not an edit of the person's row. */
const NAME = /(?:^|_)name$/;

const formOf = (value: unknown): string => (isScalar(value) ? comparableForm(value) : comparedText({ value }));

/** Returns true if both rows of a person have a field with different values. Names are not compared. */
function isEdited(earlier: JsonObject, later: JsonObject): boolean {
  const [before, after] = commonFields(earlier, later);
  return Object.keys(before).some(
    (name) => !NAME.test(name) && formOf(before[name] ?? null) !== formOf(after[name] ?? null),
  );
}

/** Returns true if a person was added, removed or edited between two states. */
function isChanged(change: PersonChange['change'], earlier: JsonObject | undefined, later: JsonObject | undefined) {
  if (change === 'added') return earlier === undefined && later !== undefined;
  if (change === 'removed') return earlier !== undefined && later === undefined;
  return earlier !== undefined && later !== undefined && isEdited(earlier, later);
}

/** An earlier state of the people of a lesson. */
interface EarlierPeople {
  readonly rows: PeopleRows;
  /**
   * True if the trigger has run for the event that contains this state, and the event reported a change of the same
   * kind.
   */
  readonly isReport: boolean;
}

/**
 * Returns the people of a lesson in earlier events, newest first, and in newer events of the burst that arrived before
 * this event.
 */
function otherStates(events: EventInBurst, kind: PersonKind) {
  const { event, burst } = events;
  const reporting = new Set(burst.filter((one) => one.isSelected).map((one) => one.event));
  const peopleIn = (others: readonly TutorCruncherEvent[]): EarlierPeople[] =>
    others.flatMap((other) => {
      const rows = rowsById(other.subject, kind);
      return rows ? [{ rows, isReport: other.action === event.action && reporting.has(other) }] : [];
    });
  const earlier = earlierEvents(events);
  const later = burst.map((one) => one.event).filter((other) => !earlier.includes(other));
  return { earlier: peopleIn(earlier), later: peopleIn(later) };
}

/**
 * Returns the newest row of each person who is in the lesson or was in the lesson in an earlier event.
 *
 * @param current - the rows of the people in the lesson
 */
export const knownPeople = (events: EventInBurst, kind: PersonKind, current: PeopleRows): PeopleRows =>
  new Map([...otherStates(events, kind).earlier.reverse(), { rows: current }].flatMap(({ rows }) => [...rows]));

/**
 * Returns the rows of the changed people by id. Omits people whose change another event of the burst has reported.
 *
 * @param current - the rows of all people of this kind after the change
 * @returns null if the earlier events do not show whom the event changed
 */
export function changedPeople(
  events: EventInBurst,
  { change, kind }: PersonChange,
  current: PeopleRows,
): PeopleRows | null {
  const { earlier: states, later } = otherStates(events, kind);
  // TutorCruncher sometimes sends an empty list in place of the people. A comparison with such a list would make all
  // people seem new.
  const earlier = change === 'added' && current.size > 1 ? states.filter(({ rows }) => rows.size > 0) : states;
  const changed = [...knownPeople(events, kind, current)].flatMap(([id, row]) => {
    const since = earlier.findIndex(({ rows }) => isChanged(change, rows.get(id), current.get(id)));
    if (since < 0) return [];
    const before = earlier[since]?.rows.get(id);
    const isReported = [...earlier.slice(0, since), ...later].some(
      ({ rows, isReport }) => isReport && isChanged(change, before, rows.get(id)),
    );
    return [{ id, row, isReported }];
  });
  if (changed.length === 0) return null;
  return new Map(changed.filter(({ isReported }) => !isReported).map(({ id, row }) => [id, row]));
}

/** Returns the fields that name the changed people. Each field is null if the people are unknown. */
export const changedPeopleFields = (people: PeopleRows | null, kind: PersonKind): FlatRecord => ({
  changed_people: people && joinNames([...people.values()].map((row) => nameInRow(row, kind))),
  changed_people_ids: people && joinScalars([...people.keys()]),
});

/**
 * Returns the fields that name the people whom an event reports as changed. The fields are null if this event and
 * earlier events do not show these people. An empty list does not mean that a lesson has no people, because
 * TutorCruncher sometimes sends an empty list instead of the people.
 */
export function fieldsOfPersonChange(events: EventInBurst): FlatRecord {
  const change = personChangeOf(events.event.action);
  const current = change && rowsById(events.event.subject, change.kind);
  const people = change && current?.size ? changedPeople(events, change, current) : null;
  return changedPeopleFields(people, change?.kind ?? 'tutor');
}
