/** Writes that add students and tutors to a job or a planned lesson, change their rates, or remove them. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { formOf, hasErrors, objectsIn } from './fields.ts';
import { writeResponse } from './lessons.ts';
import {
  JOB_STUDENT,
  JOB_TUTOR,
  LESSON_STUDENT,
  LESSON_TUTOR,
  memberIn,
  memberOf,
  type MemberKind,
} from './members.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { announced, EDITED, type Write } from './write.ts';

/** Lists of people by the path of the record and the name of the person in the request's path. */
const MEMBER_LISTS: Readonly<Record<string, Readonly<Record<string, readonly [field: string, kind: MemberKind]>>>> = {
  services: { recipient: ['rcrs', JOB_STUDENT], contractor: ['conjobs', JOB_TUTOR] },
  appointments: { recipient: ['rcras', LESSON_STUDENT], contractor: ['cjas', LESSON_TUTOR] },
};

/** Returns true if a person is on a lesson of a job. Such a person cannot be removed from the job. */
const isOnLesson = ({ account }: Write, job: AccountRecord, kind: MemberKind, body: JsonObject): boolean =>
  (account.list('appointments') ?? []).some(
    ({ service, rcras, cjas }) =>
      isJsonObject(service) &&
      service.id === job.id &&
      memberIn(objectsIn(kind.idField === 'recipient' ? rcras : cjas), kind, body) !== undefined,
  );

/**
 * Adds a person to a job or lesson, changes the person's entry, or removes the person.
 *
 * @param person - `recipient` or `contractor`, as in the path of the request
 */
export function writeMember(
  write: Write,
  path: string,
  record: AccountRecord,
  person: string,
  isAdded: boolean,
): ApiResponse {
  const [listField, kind] = MEMBER_LISTS[path]?.[person] ?? [];
  if (listField === undefined || !kind) throw new Error(`There is no list of ${person} at ${path}.`);
  const { account, body } = write;
  const isLesson = path === 'appointments';
  if (isLesson && record.status !== 'planned') {
    return badRequest({ non_field_errors: ['Only planned lessons can be changed.'] });
  }
  const { values, errors } = formOf(kind.fields, write);
  if (hasErrors(errors)) return badRequest(errors);

  const members = objectsIn(record[listField]);
  const existing = memberIn(members, kind, body);
  const others = members.filter((member) => member !== existing);
  if (!isAdded && !existing) return badRequest({ [kind.idField]: [`Not on this ${isLesson ? 'lesson' : 'job'}.`] });
  if (!isAdded && !isLesson && isOnLesson(write, record, kind, body)) {
    return badRequest({ non_field_errors: ['This person is on a lesson of the job and cannot be removed.'] });
  }
  const changed = account.change(path, record.id, {
    [listField]: isAdded ? [...others, memberOf(write, kind, existing ?? {}, values)] : others,
  });

  const [who, product] = kind.idField === 'recipient' ? ['SR', 'Student'] : ['CONTRACTOR', 'Tutor'];
  const [object, word] = isLesson ? ['APPOINTMENT', 'Lesson'] : ['SERVICE', 'Job'];
  const [key, preposition, verb] = !isAdded
    ? ['REMOVED', 'FROM', `Removed a ${product} from a ${word}`]
    : existing
      ? ['EDITED', 'ON', `Edited a ${product} on a ${word}`]
      : ['ADDED', 'TO', `Added a ${product} to a ${word}`];
  const event = { action: `${key}_${who}_${preposition}_${object}`, verb, message: EDITED };
  if (isAdded || isLesson) {
    const response = announced(write, path, changed, event);
    return isLesson ? writeResponse(response) : response;
  }
  // The subject of the event about a removal from a job is the person.
  write.announce({ ...event, path: `${kind.idField}s`, id: Number(body[kind.idField]) });
  return [200, account.current(path, changed)];
}
