/**
 * Writes of people: clients, tutors and their skills, students and affiliates. People with the same email address share
 * a user.
 */

import type { JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS, type Account, type AccountRecord } from './account.ts';
import { ACADEMIC_YEARS, BRANCH, choiceOf } from './choices.ts';
import { ATTRIBUTES, emptyAttributes } from './custom-fields.ts';
import { fieldsOf, formOf, hasErrors, objectsIn, pick, valuesOf, type Field, type Fields } from './field-checks.ts';
import { refuse } from './refusal.ts';
import { EDITED, saved, type Kind, type Write } from './write.ts';

/** Some of the time zone names that the tz database has replaced. */
const FORMER_TIME_ZONES = ['Asia/Calcutta', 'Asia/Katmandu', 'Europe/Kiev', 'US/Eastern'];

/** Fields of a person's user, which all roles of the person share. */
const USER_FIELDS: Fields = {
  ...fieldsOf('string', 'title', 'first_name', 'mobile', 'phone', 'street', 'town', 'state'),
  timezone: {
    type: 'string',
    read: (name, { behaviour }) => {
      const isFormer = FORMER_TIME_ZONES.includes(String(name)) || !/\/|^UTC$/.test(String(name));
      return behaviour.modernTimeZonesOnly && isFormer ? refuse(`"${String(name)}" is not a valid choice.`) : name;
    },
  },
  last_name: { type: 'string', required: true },
  email: { type: 'email', read: (email) => String(email).trim().toLowerCase() },
  postcode: { type: 'string', maxLength: 20 },
  country: {
    type: 'field',
    list: 'countries',
    read: (id) => {
      const country = choiceOf('countries', id);
      return country && `${String(country.name)} (${String(country.code)})`;
    },
  },
  ...fieldsOf('field', 'latitude', 'longitude'),
  photo: { type: 'url' },
};

/** Names of notifications, as observed. Only one name has a hyphen. */
const NOTIFICATIONS = [
  ...['broadcasts', 'apt_reminders', 'low_balance_reminders', 'invoice_reminders', 'pfi_reminders', 'invoices'],
  ...['credit-requests', 'lesson_scheduled'],
];

const RECEIVED_NOTIFICATIONS: Field = {
  type: 'nested',
  read: (names, { behaviour }) => {
    const known: unknown[] = Array.isArray(names) ? names : [undefined];
    const accepted = Object.keys(behaviour.describedNotifications ?? {}).concat(NOTIFICATIONS);
    if (known.every((name) => accepted.includes(String(name)))) return known;
    return refuse('A list of notifications is required.');
  },
};

const status = (...choices: string[]): Field => ({ type: 'choice', choices });

interface Role extends Pick<Kind, 'noun' | 'object'> {
  readonly fields: Fields;
  readonly initial: JsonObject;
}

const ROLES: Readonly<Record<string, Role>> = {
  clients: {
    noun: 'a Client',
    object: 'A_CLIENT',
    fields: {
      status: status('prospect', 'live', 'dormant'),
      is_taxable: { type: 'boolean' },
      auto_charge: { type: 'choice', choices: ['0', '10', '20'], read: (value) => String(value) === '10' },
      associated_admin: { type: 'integer', read: () => undefined },
      associated_agent: { type: 'field', list: 'agents' },
      pipeline_stage: { type: 'field', list: 'pipeline-stages' },
      received_notifications: RECEIVED_NOTIFICATIONS,
    },
    initial: {
      status: 'prospect',
      is_taxable: true,
      received_notifications: NOTIFICATIONS,
      auto_charge: false,
      invoices_count: 0,
      invoice_balance: '0.00',
      available_balance: '0.00',
      payment_pending: '0.00',
    },
  },
  contractors: {
    noun: 'a Tutor',
    object: 'A_CONTRACTOR',
    fields: {
      status: status('pending', 'approved', 'rejected', 'dormant'),
      default_rate: { type: 'decimal' },
      receive_service_notifications: { type: 'boolean' },
    },
    initial: {
      status: 'pending',
      receive_service_notifications: true,
      review_duration: '00:00:00',
      work_done_details: { amount_owed: 0, amount_paid: 0, total_paid_hours: 0 },
    },
  },
  recipients: {
    noun: 'a Student',
    object: 'A_SR',
    fields: {
      paying_client: { type: 'field', list: 'clients' },
      default_rate: { type: 'decimal' },
      academic_year: {
        type: 'integer',
        read: (year) => ACADEMIC_YEARS[Number(year) - 1] ?? refuse(`"${String(year)}" is not a valid choice.`),
      },
    },
    initial: {},
  },
  agents: {
    noun: 'an Affiliate',
    object: 'AN_AGENT',
    fields: { status: status('live', 'dormant'), commission_rate: { type: 'decimal' } },
    initial: {},
  },
};

/** Returns all people with an email address, each with the path of the person's list. */
const withEmail = (account: Account, email: unknown) =>
  PEOPLE_PATHS.flatMap((path) =>
    account
      .list(path)
      .filter((record) => Boolean(email) && record.email === email)
      .map((record) => [path, record] as const),
  );

/** Creates or updates a person. */
export function writePerson(write: Write, path: string, existing: AccountRecord | null): AccountRecord {
  const { account } = write;
  const role = ROLES[path];
  if (!role) throw new Error(`There are no people at ${path}.`);
  const fields = {
    ...USER_FIELDS,
    calendar_colour: { type: 'string' } as const,
    extra_attrs: ATTRIBUTES,
    ...role.fields,
  };
  // The newer version of the API accepts the older shape in requests.
  const { user, ...flat } = write.body;
  const body = { ...(user as JsonObject | undefined), ...flat };
  const { values, errors } = formOf(fields, { ...write, body }, existing, existing !== null);
  const roles = withEmail(account, values.email);
  if (roles.some(([other, { id }]) => other === path && id !== existing?.id)) {
    errors.email = [`This user already has ${role.noun}.`];
  }
  const stageStatus = values.status ?? existing?.status ?? 'prospect';
  if (values.pipeline_stage && stageStatus !== 'prospect') {
    errors.pipeline_stage = ['Only prospects can have a pipeline stage.'];
  }
  if (hasErrors(errors)) return refuse(errors);

  const now = new Date().toISOString();
  const userNames = Object.keys(USER_FIELDS);
  const shared = existing ? withEmail(account, existing.email).filter(([, { id }]) => id !== existing.id) : roles;
  const [, sharing] = existing ? [] : (roles[0] ?? []);
  const written = { ...(sharing && pick(sharing, userNames)), ...values, last_updated: now };
  for (const [other, { id }] of shared) account.change(other, id, pick(written, userNames));
  const initial = {
    timezone: BRANCH.timezone,
    date_created: now,
    calendar_colour: 'SteelBlue',
    extra_attrs: emptyAttributes(),
    ...role.initial,
  };
  return saved(write, { ...role, path }, existing, written, initial);
}

/** Returns a person in the older shape, with a nested `user`. */
export function inOlderShape(record: JsonObject): JsonObject {
  const names = [...Object.keys(USER_FIELDS), 'date_created'].filter((name) => name !== 'photo');
  const rest = Object.entries(record).filter(([name]) => !names.includes(name) && name !== 'photo');
  return { ...Object.fromEntries(rest), user: pick(record, names) };
}

const SKILL_FIELDS: Fields = {
  contractor: { type: 'field', required: true, list: 'contractors' },
  subject: { type: 'field', required: true, list: 'subjects' },
  qual_level: { type: 'field', required: true, list: 'qual_levels' },
};

/**
 * Adds a skill to a tutor, even if the tutor already has the skill. Returns the skill, because the response contains
 * the skill and not the tutor.
 */
export function createSkill(write: Write): JsonObject {
  const { account, body, announce } = write;
  const values = valuesOf(SKILL_FIELDS, write);
  const id = Number(body.contractor);
  const skills = objectsIn(account.find('contractors', id)?.skills);
  const skill = { id: 900 + skills.length, ...values };
  account.change('contractors', id, { skills: [...skills, skill] });
  announce({ action: 'EDITED_SKILLS', verb: 'Edited Skills', message: EDITED, path: 'contractors', id });
  return skill;
}
