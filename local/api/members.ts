/** The students and tutors of a job or a lesson, in writes of the whole record and in writes about one person. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { amountText, type AccountRecord } from './account.ts';
import { formOf, hasErrors, objectsIn, valuesOf, type Field, type Fields } from './field-checks.ts';
import { refuse } from './refusal.ts';
import { announced, EDITED, type Write } from './write.ts';

const idIn = (list: string, required = true): Field => ({ type: 'field', required, list, read: Number });
const recipient = idIn('recipients');
const contractor = idIn('contractors');
const RATE: Field = { type: 'decimal' };
const PERMISSIONS = ['add-edit-complete', 'add-edit', 'edit', 'complete', 'view'];

/** Kind of people in a job or lesson. */
interface MemberKind {
  /** Path of the list that contains the job or lesson. */
  readonly path: string;
  /** The field of the job or lesson that lists the people. */
  readonly listField: string;
  /**
   * The name for the person in the path of a request, which is also the name of the field that contains the person's
   * id.
   */
  readonly person: string;
  readonly fields: Fields;
  readonly initial: JsonObject;
}

/** Initial values of a student's fields. Responses contain the current names instead. */
const STUDENT = { recipient_name: '', paying_client: null, paying_client_name: null, charge_rate: null };

const MEMBER_KINDS: readonly MemberKind[] = [
  {
    path: 'services',
    listField: 'rcrs',
    person: 'recipient',
    fields: { recipient, charge_rate: RATE, agent: idIn('agents', false), agent_percentage: RATE },
    initial: { ...STUDENT, agent: null, agent_name: null, agent_percentage: null },
  },
  {
    path: 'services',
    listField: 'conjobs',
    person: 'contractor',
    fields: { contractor, pay_rate: RATE, contractor_permissions: { type: 'choice', choices: PERMISSIONS } },
    initial: { contractor_permissions: 'add-edit-complete', name: '', pay_rate: null },
  },
  {
    path: 'appointments',
    listField: 'rcras',
    person: 'recipient',
    fields: { recipient, charge_rate: RATE },
    initial: { ...STUDENT, status: 'attended' },
  },
  {
    path: 'appointments',
    listField: 'cjas',
    person: 'contractor',
    fields: { contractor, pay_rate: RATE },
    initial: { name: '', pay_rate: null },
  },
];

/** Returns the kind of a person in a job or lesson. @throws {Error} if there is no such kind */
function kindOf(path: string, person: string): MemberKind {
  const kind = MEMBER_KINDS.find((one) => one.path === path && one.person === person);
  if (!kind) throw new Error(`There is no list of ${person} at ${path}.`);
  return kind;
}

/** Returns the entry in a list of people for the person whose id a body contains. */
const memberIn = (members: readonly JsonObject[], person: string, body: JsonObject) =>
  members.find((member) => String(member[person]) === String(body[person]));

/**
 * Returns the rate of a person who is added to a lesson without a rate: the rate of the job (TutorCruncher's API docs).
 */
function rateOfJob(job: JsonObject | null, person: string): JsonObject {
  if (!job) return {};
  const [rate, standard] =
    person === 'recipient' ? ['charge_rate', 'dft_charge_rate'] : ['pay_rate', 'dft_contractor_rate'];
  return { [rate]: amountText(job[standard]) };
}

/** Returns an entry with the values of a write, in the format of responses. A person on a lesson always has a rate. */
function memberOf(
  { account }: Write,
  { person, initial }: MemberKind,
  job: JsonObject | null,
  entry: JsonObject,
  values: JsonObject,
) {
  const client = account.find('recipients', values.recipient)?.paying_client;
  return {
    [person]: values[person],
    ...initial,
    ...(isJsonObject(client) && { paying_client: client.id }),
    ...rateOfJob(job, person),
    ...entry,
    ...values,
  };
}

/**
 * Returns the people in a list.
 *
 * @throws {Refused} if a person is not accepted. The errors are one object per person, which is empty for an accepted
 *   person
 */
function membersOf(kind: MemberKind, list: unknown, write: Write): JsonObject[] {
  if (!Array.isArray(list)) return refuse('Expected a list of items.');
  const forms = list.map((item) => formOf(kind.fields, { ...write, body: isJsonObject(item) ? item : {} }));
  const errors = forms.map((form) => form.errors);
  if (errors.some(hasErrors)) return refuse(errors);
  const job = kind.path === 'appointments' ? write.account.find('services', write.body.service) : null;
  return forms.map(({ values }) => memberOf(write, kind, job, {}, values));
}

/** Returns the fields of a write of a job or lesson that contain people. */
export const peopleOf = (path: 'services' | 'appointments'): Fields =>
  Object.fromEntries(
    MEMBER_KINDS.filter((kind) => kind.path === path).map((kind): [string, Field] => [
      kind.listField,
      { type: 'nested', read: (list, write) => membersOf(kind, list, write) },
    ]),
  );

/** Makes sure that a lesson is planned. @throws {Refused} for any other lesson */
export function refuseUnlessPlanned({ status }: AccountRecord): void {
  if (status !== 'planned') refuse({ non_field_errors: ['Only planned lessons can be changed.'] });
}

/** Returns a lesson as in responses to writes, in which the custom fields are empty. */
export const lessonAsWritten = (lesson: AccountRecord): AccountRecord => ({ ...lesson, extra_attrs: {} });

/** Returns true if a person is on a lesson of a job. Such a person cannot be removed from the job. */
function isOnLesson({ account, body }: Write, job: AccountRecord, person: string): boolean {
  const { listField } = kindOf('appointments', person);
  return account
    .list('appointments')
    .some(
      ({ service, [listField]: people }) =>
        isJsonObject(service) && service.id === job.id && memberIn(objectsIn(people), person, body) !== undefined,
    );
}

/** Adds a person to a job or lesson, changes the person's entry, or removes the person. */
export function writeMember(
  write: Write,
  path: string,
  record: AccountRecord,
  person: string,
  isAdded: boolean,
): AccountRecord {
  const { account, body } = write;
  const kind = kindOf(path, person);
  const { listField } = kind;
  const isLesson = path === 'appointments';
  if (isLesson) refuseUnlessPlanned(record);
  const values = valuesOf(kind.fields, write);

  const people = objectsIn(record[listField]);
  const existing = memberIn(people, person, body);
  const others = people.filter((member) => member !== existing);
  if (!isAdded && !existing) return refuse({ [person]: [`Not on this ${isLesson ? 'lesson' : 'job'}.`] });
  if (!isAdded && !isLesson && isOnLesson(write, record, person)) {
    return refuse({ non_field_errors: ['This person is on a lesson of the job and cannot be removed.'] });
  }
  const job = isLesson && isJsonObject(record.service) ? account.find('services', record.service.id) : null;
  const changed = account.change(path, record.id, {
    [listField]: isAdded ? [...others, memberOf(write, kind, job, existing ?? {}, values)] : others,
  });

  const [who, role] = person === 'recipient' ? ['SR', 'Student'] : ['CONTRACTOR', 'Tutor'];
  const [object, noun] = isLesson ? ['APPOINTMENT', 'Lesson'] : ['SERVICE', 'Job'];
  const [done, preposition] = !isAdded ? ['Removed', 'from'] : existing ? ['Edited', 'on'] : ['Added', 'to'];
  const action = `${done}_${who}_${preposition}_${object}`.toUpperCase();
  const event = { action, verb: `${done} a ${role} ${preposition} a ${noun}`, message: EDITED };
  if (isLesson) return lessonAsWritten(announced(write, path, changed, event));
  // The event about a tutor's removal from a job is about the job, and does not name the tutor.
  if (isAdded || person === 'contractor') return announced(write, path, changed, event);
  write.announce({ ...event, path: 'recipients', id: Number(body[person]) });
  return account.current(path, changed);
}
