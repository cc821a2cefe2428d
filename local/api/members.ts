/** The students and tutors of a job or a lesson in a write. */

import type { JsonObject } from '../../wire/json.ts';
import { isJsonObject } from '../../wire/json.ts';
import { amountText, type Account } from './account.ts';
import { fieldErrors, hasErrors, type Fields } from './fields.ts';

/** Kind of people in a job or lesson. */
export interface MemberKind {
  /** Field with the person's id. */
  readonly idField: 'recipient' | 'contractor';
  readonly fields: Fields;
  /** Fields of a new entry before the write. */
  readonly initial: JsonObject;
}

const recipient = { type: 'field', required: true, list: 'recipients' } as const;
const contractor = { type: 'field', required: true, list: 'contractors' } as const;
const PERMISSIONS = ['add-edit-complete', 'add-edit', 'edit', 'complete', 'view'];

export const JOB_STUDENT: MemberKind = {
  idField: 'recipient',
  fields: {
    recipient,
    charge_rate: { type: 'decimal' },
    agent: { type: 'field', list: 'agents' },
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

/** Returns an entry with the fields in a body, in the format of responses. */
export function memberOf(
  account: Account,
  { idField, fields, initial }: MemberKind,
  entry: JsonObject,
  body: JsonObject,
) {
  const sent = Object.keys(fields).flatMap((name): [string, unknown][] => {
    const value = body[name];
    if (value === undefined) return [];
    return [[name, /_rate$|_percentage$/.test(name) ? amountText(value) : fields[name]?.list ? Number(value) : value]];
  });
  const id = Number(body[idField]);
  const client = idField === 'recipient' ? account.find('recipients', id)?.paying_client : null;
  return {
    [idField]: id,
    ...(idField === 'recipient' && {
      recipient_name: '',
      paying_client: isJsonObject(client) ? client.id : null,
      paying_client_name: isJsonObject(client) ? '' : null,
    }),
    ...initial,
    ...entry,
    ...Object.fromEntries(sent),
  };
}

/** Returns the people that a body lists, or the errors: one entry per person, which is empty for an accepted person. */
export function membersOf(
  account: Account,
  kind: MemberKind,
  list: unknown,
): { readonly members: JsonObject[] } | { readonly errors: unknown } {
  if (list === undefined) return { members: [] };
  if (!Array.isArray(list)) return { errors: ['Expected a list of items.'] };
  const bodies = list.map((item) => (isJsonObject(item) ? item : {}));
  const errors = bodies.map((body) => fieldErrors(kind.fields, body, account));
  if (errors.some(hasErrors)) return { errors };
  return { members: bodies.map((body) => memberOf(account, kind, {}, body)) };
}
