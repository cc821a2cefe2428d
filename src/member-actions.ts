/** The writes that add students and tutors to a job or a lesson, or remove them. */

import type { JsonObject } from '../wire/json.ts';
import type { Existing, ObjectAction } from './create.ts';
import type { Input, InputValues } from './inputs/input.ts';
import { includesPerson } from './list-search.ts';
import { listPath } from './object-record.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The students or tutors of a job or lesson. */
export interface Members {
  readonly object: TutorCruncherObject;
  /** The input for the job or the lesson. */
  readonly chosen: Input<string>;
  /** The name of the kind of person in the paths and fields of TutorCruncher's API. */
  readonly person: 'recipient' | 'contractor';
  /** The field of the job or the lesson that lists them. */
  readonly field: 'rcrs' | 'conjobs' | 'rcras' | 'cjas';
  /** Reads the job or the lesson before a person is removed. @throws {Error} if its people must not be changed */
  readonly read: (run: Run, object: TutorCruncherObject, id: string) => Promise<JsonObject>;
  /** True to read the job or the lesson before a person is added as well. */
  readonly readsBeforeAdding?: boolean;
}

const pathOf = ({ object, chosen, person }: Members, values: InputValues, verb: 'add' | 'remove'): string =>
  `${listPath(object)}${values.required(chosen)}/${person}/${verb}/`;

/** Returns the write that adds a person or updates the person's entry. */
export const addMember =
  (members: Members): ObjectAction['toWrite'] =>
  async (values, body, run) => {
    const { object, chosen, read, readsBeforeAdding = false } = members;
    if (readsBeforeAdding) await read(run, object, values.required(chosen));
    return { method: 'POST', path: pathOf(members, values, 'add'), body };
  };

/**
 * Returns the write that removes a person. Writes nothing if the person is not listed, so that a replay succeeds.
 *
 * @param removed - the input for the person
 */
export const removeMember =
  (members: Members, removed: Input<string>): ObjectAction['toWrite'] =>
  async (values, body, run) => {
    const { object, chosen, person, field, read } = members;
    const found = await read(run, object, values.required(chosen));
    const isGone = Array.isArray(found[field]) && !includesPerson(found[field], person, values.required(removed));
    const existing: Existing = { existing: found };
    return isGone ? existing : { method: 'POST', path: pathOf(members, values, 'remove'), body };
  };
