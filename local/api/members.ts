/** The students and tutors of a job or a lesson in a write. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { formOf, hasErrors, refuse, type Field, type Fields } from './fields.ts';
import type { Write } from './write.ts';

/** Kind of people in a job or lesson. */
export interface MemberKind {
  /** Field with the person's id. */
  readonly idField: 'recipient' | 'contractor';
  readonly fields: Fields;
  /** Fields of a new entry before the write. */
  readonly initial: JsonObject;
}

const idIn = (list: string, required = true): Field => ({ type: 'field', required, list, read: Number });
const recipient = idIn('recipients');
const contractor = idIn('contractors');
const PERMISSIONS = ['add-edit-complete', 'add-edit', 'edit', 'complete', 'view'];

export const JOB_STUDENT: MemberKind = {
  idField: 'recipient',
  fields: {
    recipient,
    charge_rate: { type: 'decimal' },
    agent: idIn('agents', false),
    agent_percentage: { type: 'decimal' },
  },
  initial: { charge_rate: null, agent: null, agent_name: null, agent_percentage: null },
};

export const JOB_TUTOR: MemberKind = {
  idField: 'contractor',
  fields: {
    contractor,
    pay_rate: { type: 'decimal' },
    contractor_permissions: { type: 'choice', choices: PERMISSIONS },
  },
  initial: { contractor_permissions: 'add-edit-complete', name: '', pay_rate: null },
};

export const LESSON_STUDENT: MemberKind = {
  idField: 'recipient',
  fields: { recipient, charge_rate: { type: 'decimal' } },
  initial: { charge_rate: null, status: 'attended' },
};

export const LESSON_TUTOR: MemberKind = {
  idField: 'contractor',
  fields: { contractor, pay_rate: { type: 'decimal' } },
  initial: { contractor_name: '', pay_rate: null },
};

/** Returns the entry in a list of people with the id of the person in a body. */
export const memberIn = (members: readonly JsonObject[], { idField }: MemberKind, body: JsonObject) =>
  members.find((member) => String(member[idField]) === String(body[idField]));

/** Returns an entry with the values of a write, in the format of responses. */
export function memberOf({ account }: Write, { idField, initial }: MemberKind, entry: JsonObject, values: JsonObject) {
  const client = idField === 'recipient' ? account.find('recipients', values[idField])?.paying_client : null;
  const hasClient = isJsonObject(client);
  return {
    [idField]: values[idField],
    ...(idField === 'recipient' && {
      ...{ recipient_name: '', paying_client: hasClient ? client.id : null },
      paying_client_name: hasClient ? '' : null,
    }),
    ...initial,
    ...entry,
    ...values,
  };
}

/** Returns the people in a list, or refuses it with one object per person, which is empty for an accepted person. */
function membersOf(kind: MemberKind, list: unknown, write: Write): JsonObject[] {
  if (!Array.isArray(list)) return refuse('Expected a list of items.');
  const forms = list.map((item) => formOf(kind.fields, { ...write, body: isJsonObject(item) ? item : {} }));
  const errors = forms.map((form) => form.errors);
  if (errors.some(hasErrors)) return refuse(errors);
  return forms.map(({ values }) => memberOf(write, kind, {}, values));
}

/** Returns the field of a write that contains people. */
export const members = (kind: MemberKind): Field => ({
  type: 'nested',
  read: (list, write) => membersOf(kind, list, write),
});
