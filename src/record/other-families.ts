/**
 * Removes data about other families from the lesson or job that a person's run describes. If a Zap runs once for each
 * person, each run describes the same subject without the rows of the other people for whom the Zap runs. These rows
 * are removed before the subject is converted to a record, so that no key can contain another family's data. Fields are
 * recognized by patterns in their names, so that fields that TutorCruncher adds later are also removed.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { mentions, spellingsOf, type Spellings } from './family-names.ts';
import { fieldRule, type FieldRule } from './field-rules.ts';
import { isRowOf, peopleIn, personIdIn, rowsOf, type Person } from './participants.ts';
import type { FlatRecord } from './record.ts';
import { isBlank, nameOf } from './values.ts';

/**
 * Product words of fields that can hold a client or a student. The field `role` of a location holds the location's
 * owner.
 */
const FAMILY_WORDS: ReadonlySet<string> = new Set(['client', 'student', 'creator', 'payee', 'payer', 'role']);
const FAMILY_LISTS: ReadonlySet<string> = new Set(['client', 'student']);
const TUTOR: ReadonlySet<string> = new Set(['tutor']);

/**
 * The people whom a record is allowed to show. `ids` holds the ids of these people. `words` and `lists` name the fields
 * and the kinds of lists that are limited to these people.
 */
interface Shown {
  readonly ids: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
  /** The ids of people of other families. */
  readonly otherIds: ReadonlySet<string>;
  /** The names of other families, which no text is allowed to contain. */
  readonly otherNames: Spellings;
  /** The names of the person's own family and of the tutors. */
  readonly names: Spellings;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Returns the names in a row of a list of people. */
const namesIn = (row: JsonObject): string[] =>
  Object.entries(row)
    .map(([name, value]) => (isJsonObject(value) ? nameOf(value) : name.endsWith('name') ? value : null))
    .filter((name): name is string => typeof name === 'string' && !isBlank(name));

/** Returns the spellings of the names in rows. Each row contains the names of one family or of one tutor. */
const spellingsIn = (rows: readonly JsonObject[]): Set<string> =>
  new Set(rows.flatMap((row) => [...spellingsOf(namesIn(row))]));

/**
 * Returns the people whom the record of a person's run is allowed to show. A family sees its own people and the tutors.
 */
function shownTo(person: Person, subject: JsonObject): Shown {
  const { kind, id } = person;
  if (kind === 'tutor')
    return { ids: new Set([id]), words: TUTOR, lists: TUTOR, otherIds: NOBODY, otherNames: NOBODY, names: NOBODY };
  const rows = (rowsOf(subject, kind) ?? []).filter(isJsonObject);
  const own = rows.filter((row) => isRowOf(row, person));
  const family = own.flatMap(({ recipient, paying_client }) => [personIdIn(recipient), personIdIn(paying_client)]);
  const ids = [id, ...family, ...(peopleIn(subject, 'tutor') ?? [])].filter((each) => each !== null);
  const clients = new Set(
    own.map(({ paying_client }) => personIdIn(paying_client)).filter((client) => client !== null),
  );
  const others = rows.filter((row) => !own.includes(row) && !clients.has(personIdIn(row.paying_client) ?? ''));
  const otherIds = others.flatMap(({ recipient, paying_client }) => [personIdIn(recipient), personIdIn(paying_client)]);
  const tutors = (rowsOf(subject, 'tutor') ?? []).filter(isJsonObject);
  return {
    ids: new Set(ids),
    words: FAMILY_WORDS,
    lists: FAMILY_LISTS,
    otherIds: new Set(otherIds.filter((each): each is string => each !== null && !ids.includes(each))),
    otherNames: spellingsIn(others),
    names: spellingsIn([...rows.filter((row) => !others.includes(row)), ...tutors]),
  };
}

const isEmpty = (value: unknown): boolean => value === null || value === undefined;

/** Returns the product word of a field without the ending `_id`, such as `client` for `client_id`. */
const personWordOf = ({ word }: FieldRule): string => word.replace(/_id$/, '');

const isForeign = (value: unknown, rule: FieldRule, { ids, words }: Shown): boolean =>
  words.has(personWordOf(rule)) && !isEmpty(value) && !ids.has(personIdIn(value) ?? '');

/** Returns true for a text that contains the name of another family. */
const namesOthers = (value: unknown, { otherNames, names }: Shown): boolean =>
  typeof value === 'string' && otherNames.size > 0 && mentions(value, otherNames, names);

/**
 * Fields found only in records of people. An id by itself does not identify a record as a person, because a job or a
 * location can have the same id.
 */
const PERSONAL_FIELDS = ['first_name', 'last_name', 'role_type', 'email'];

/** Returns true for a nested record about a person of another family, regardless of the name of its field. */
const isOtherPerson = (record: JsonObject, shown: Shown): boolean =>
  namesOthers(nameOf(record), shown) ||
  (shown.otherIds.has(personIdIn(record) ?? '') && PERSONAL_FIELDS.some((field) => Object.hasOwn(record, field)));

/** Texts of a lesson or a job that are shown unchanged, because the office writes them. */
const OFFICE_TEXTS: ReadonlySet<string> = new Set(['topic', 'name', 'description']);

/**
 * Returns true if an entry of a list of people is about a person whom the record is allowed to show, or if a field of
 * the entry names a person, which {@link shownPart} checks.
 */
const namesShown = (entry: unknown, { ids, words }: Shown): boolean =>
  ids.has(personIdIn(entry) ?? '') ||
  (isJsonObject(entry) && Object.keys(entry).some((name) => words.has(fieldRule(name).word) && !isEmpty(entry[name])));

/** Returns the entries of a list, without the entries about people whom the record is not allowed to show. */
function shownEntries(list: readonly unknown[], rule: FieldRule, shown: Shown): unknown[] {
  const isOfPeople = rule.people !== null && shown.lists.has(rule.people);
  return list
    .filter((entry) => Array.isArray(entry) || !isOfPeople || namesShown(entry, shown))
    .map((entry) => {
      if (Array.isArray(entry)) return shownEntries(entry, rule, shown);
      return isJsonObject(entry) ? shownPart(entry, shown, 'entry') : namesOthers(entry, shown) ? null : entry;
    })
    .filter((entry) => entry !== null);
}

/**
 * The position of a record in the subject. `subject` is a lesson or a job, including the job in a lesson. `field` is a
 * record in any other field, and `entry` is an entry of a list.
 */
type RecordPlace = 'subject' | 'field' | 'entry';

/**
 * Returns a record without the fields about other people; null for a record about another person, for a list entry that
 * names another person, or for another person's location.
 */
function shownPart(record: JsonObject, shown: Shown, place: RecordPlace): JsonObject | null {
  if (place !== 'subject' && isOtherPerson(record, shown)) return null;
  const fields = Object.entries(record).map(([name, value]) => ({ name, value, rule: fieldRule(name) }));
  const foreign = fields
    .filter(({ value, rule }) => isForeign(value, rule, shown))
    .map(({ rule }) => personWordOf(rule));
  const isText = ({ name, value }: (typeof fields)[number]): boolean =>
    namesOthers(value, shown) && !(place === 'subject' && OFFICE_TEXTS.has(name));
  if (place === 'entry' && fields.some(isText)) return null;
  if (foreign.length > 0 && (place === 'entry' || (place === 'field' && foreign.includes('role')))) return null;
  const part = fields
    .filter((field) => !isText(field))
    // Removes the fields of a person whose id was removed, such as `client_name`.
    .filter(({ rule }) => !foreign.some((word) => rule.word === word || rule.word.startsWith(`${word}_`)))
    .map(({ name, value, rule }) => {
      if (Array.isArray(value)) return [name, shownEntries(value, rule, shown)] as const;
      if (!isJsonObject(value)) return [name, value] as const;
      if (rule.people !== null) return [name, shownEntries([value], rule, shown)[0]] as const;
      return [name, shownPart(value, shown, rule.word === 'job' ? 'subject' : 'field') ?? undefined] as const;
    });
  return Object.fromEntries(part.filter(([, value]) => value !== undefined));
}

/**
 * Returns a lesson or a job without the rows that a person's run is not allowed to show. A tutor's run keeps the rows
 * of all students, and a family's run keeps the rows of all tutors.
 *
 * @param person - null for a run that shows the whole subject
 */
export const subjectFor = (person: Person | null, subject: JsonObject): JsonObject =>
  person === null ? subject : (shownPart(subject, shownTo(person, subject), 'subject') ?? {});

const FAMILY_URL = /\/(?:clients|recipients)\/\d+\/?$/;
/**
 * Matches the booking actions, which a client can cause. In an event with such an action, an actor with an empty URL
 * can be a client. In any other event, this actor is a user of the office.
 */
const BOOKING = /BOOK(?:ED|ING)/;

/**
 * Returns true if an event has an actor who is not known to be a member of the person's family, a tutor, or a user of
 * the office.
 */
function isOtherActor({ actor, action }: TutorCruncherEvent, person: Person, subjects: readonly JsonObject[]): boolean {
  const id = personIdIn(actor);
  if (isEmpty(actor) || (id !== null && subjects.some((each) => shownTo(person, each).ids.has(id)))) return false;
  const families = subjects.flatMap((each) => [
    ...(peopleIn(each, 'client') ?? []),
    ...(peopleIn(each, 'student') ?? []),
  ]);
  const url = isJsonObject(actor) ? actor.url : null;
  if (typeof url !== 'string' || FAMILY_URL.test(url) || (url === '' && BOOKING.test(action))) return true;
  return id !== null && families.includes(id);
}

const ABOUT_OTHERS: FlatRecord = {
  event_description: null,
  event_message: null,
  actor_name: null,
  actor_id: null,
  actor_user_id: null,
  actor_url: null,
};

/**
 * Returns the fields that override the event's fields in the record of a person's run. The `id` is different for each
 * person. In a run for a client or a student, the fields of the actor and the texts are null if the actor could belong
 * to another family, or if a text names another family.
 *
 * @param subjects - the known states of the event's subject, with all their people
 * @param id - the id of the record of the whole subject
 */
export function eventFieldsFor(
  person: Person,
  event: TutorCruncherEvent,
  subjects: readonly JsonObject[],
  id: string,
): FlatRecord {
  const texts = `${String(toScalar(event.verb))} ${String(toScalar(event.extra_msg))}`;
  const isAboutOthers =
    person.kind !== 'tutor' &&
    (isOtherActor(event, person, subjects) || subjects.some((subject) => namesOthers(texts, shownTo(person, subject))));
  return { ...(isAboutOthers && ABOUT_OTHERS), id: `${id}:${person.id}` };
}
