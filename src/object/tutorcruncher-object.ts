/** A kind of object in TutorCruncher, described by a sample delivery and its location in the API. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES, type ObjectWord } from '../../wire/models.ts';
import { flattenEvent } from '../record/event.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { Layout } from '../record/layout.ts';
import type { FlatRecord } from '../record/record.ts';
import { layoutOf } from '../record/key-order.ts';
import { flattenSubject } from '../record/subject.ts';
import { withLazy } from '../once.ts';
import { SAMPLES, sampleLocale } from './samples.ts';
import { sha256 } from '../api/sha256.ts';

/**
 * Product names of all objects that have records, by the word that starts the keys of their fields. TutorCruncher sends
 * no events about the last two objects. In the records of other objects, a field with one of these two words as its
 * name is an ordinary field, not a nested record.
 */
export const RECORD_NAMES = { ...OBJECT_NAMES, review: 'Review', balance_change: 'Balance Change' } as const;

/** The key word of an object that has records. */
export type RecordWord = keyof typeof RECORD_NAMES;

/** A delivery as TutorCruncher sends it, with one event. */
export interface SampleDelivery {
  readonly events: readonly TutorCruncherEvent[];
}

/** The location of an object's records in TutorCruncher's API. */
export interface ApiResource {
  /** Path of the list, `/api/<path>/`, and of a record, `/api/<path>/<id>/`. */
  readonly path: string;
  /** Documented query parameters that filter the list. */
  readonly filters?: readonly ('status' | 'labels')[];
  /** Names of a row's fields, as the API spells them; missing if rows have most fields of the records. */
  readonly rowFields?: readonly string[];
  /** True if the rows of the list have all fields of the records, and single records cannot be read. */
  readonly hasFullRows?: boolean;
  /** The field that identifies the record in a response, for an object whose records contain no id. */
  readonly fieldInsteadOfId?: string;
  /** True if the records contain custom fields (`extra_attrs`). */
  readonly hasCustomFields?: boolean;
  /** True if the response to a write differs in shape from the record. The record must then be read after the write. */
  readonly isWriteResponsePartial?: boolean;
  /**
   * Fields that the API sends but newer webhooks do not send. Webhooks of the older shape contained these fields, so
   * the fields have keys.
   */
  readonly fieldsNotInWebhooks?: readonly string[];
}

/** The fields of a row in a list of people. `role_type` names the role of the listed people. */
export const PERSON_ROW_FIELDS: readonly string[] = ['id', 'first_name', 'last_name', 'email', 'role_type', 'url'];

/** The definition of an object, as written in `objects/`. */
export interface ObjectDefinition<Word extends RecordWord = ObjectWord> {
  readonly word: Word;
  /** A delivery in the newer shape with every field except custom fields. */
  readonly sample: SampleDelivery;
  /** Previous values of the sample's subject. In apps that are built for a relay, samples show this change. */
  readonly earlier: JsonObject;
  /** The location in the API; null for an object that TutorCruncher's API does not provide. */
  readonly api: ApiResource | null;
  /** The statuses that users can choose from, as TutorCruncher spells them. */
  readonly statuses?: readonly string[];
}

/**
 * An object with the parts that are derived from its definition. `Word` defaults to the key words of objects that have
 * events.
 */
export interface TutorCruncherObject<Word extends RecordWord = ObjectWord> extends Omit<
  ObjectDefinition<Word>,
  'sample'
> {
  /** The event of the sample delivery. */
  readonly sample: TutorCruncherEvent;
  readonly layout: Layout;
  /** The output fields of the object's records, without custom fields. */
  readonly outputFields: readonly OutputField[];
  /** A record of the object without an event, like the records that searches and actions return. */
  readonly ownSample: FlatRecord;
  /** The output fields of such a record, without custom fields. */
  readonly ownOutputFields: readonly OutputField[];
}

/** Removes the fields that webhooks never contain, so that no Zap depends on these fields. */
export const asInWebhooks = ({ api }: TutorCruncherObject, subject: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => !api?.fieldsNotInWebhooks?.includes(name)));

/** Defines an object. @throws {Error} if the sample delivery contains no event */
export function tutorCruncherObject<Word extends RecordWord>({
  sample,
  ...definition
}: ObjectDefinition<Word>): TutorCruncherObject<Word> {
  const { word } = definition;
  const [event] = sample.events;
  if (!event) throw new Error(`The sample delivery of the object "${word}" contains no event.`);
  const object: TutorCruncherObject<Word> = withLazy(
    { ...definition, sample: event },
    {
      layout: () => layoutOf(word, event.subject),
      outputFields: () => outputFieldsOf(flattenEvent(event, object.layout, { hash: sha256, locale: sampleLocale() })),
      ownSample: () => SAMPLES?.objects[word] ?? flattenSubject(event.subject, object.layout, sampleLocale()),
      ownOutputFields: () => outputFieldsOf(object.ownSample, 'Record ID'),
    },
  );
  return object;
}

/**
 * Returns an object whose records have additional fields.
 *
 * @param fields - the additional fields with their sample values
 */
export const withFields = <Word extends RecordWord>(
  object: TutorCruncherObject<Word>,
  fields: JsonObject,
): TutorCruncherObject<Word> => {
  if (Object.keys(fields).length === 0) return object;
  const { word, sample, earlier, api } = object;
  const subject = { ...sample.subject, ...fields };
  return tutorCruncherObject({ word, earlier, api, sample: { events: [{ ...sample, subject }] } });
};
