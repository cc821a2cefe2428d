/**
 * The factory of all polled triggers. A polled trigger reports that a specific time has been reached, or a change for
 * which TutorCruncher does not reliably send webhooks. Zapier polls these triggers every few minutes and drops records
 * whose ids it knows. Most rows of lists lack fields such as the people of a lesson, so a poll reads the details of
 * each new record, within the limit on requests per minute (`live-poll.ts`). The differences between polled triggers
 * are their keys, texts, objects and inputs, the list that they read, and the rows that are due.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { customFieldFunctions } from '../object/account-fields.ts';
import { metaOf } from '../api/bundle.ts';
import { InputValues, type InputField } from '../inputs/input.ts';
import { chosenLookups, sampleFields } from '../lookups/lookup.ts';
import { KNOWN_LESSONS, runForField } from '../lookups/run-for-field.ts';
import { once } from '../once.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { rowId } from '../api/rows.ts';
import { sampleLocale, sampleOf } from '../object/samples.ts';
import { sharedFields, sharedPart, withSample } from '../shared-part.ts';
import { TIME_ZONE_FIELD, timeZoneField } from '../inputs/time-zone-field.ts';
import { RECORD_NAMES } from '../object/tutorcruncher-object.ts';
import { recordId, recordOfDue } from './due-rows.ts';
import { editorRecords } from './editor-poll.ts';
import { knownRecords } from './first-poll.ts';
import { newRecords } from './live-poll.ts';
import type { PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { NoRequestsLeft } from '../api/ration.ts';
import { beginPoll } from './zap-poll.ts';

/**
 * Limit on polls per connection, in addition to the limit on their requests (`ration.ts`). Triggers with the same
 * throttle share the limit.
 */
const THROTTLE = { window: 60, limit: 10, key: 'polled_triggers', scope: ['auth' as const] };

/** Returns the error to report for a failed poll. Core explains a 429 only as "The server returned 429". */
function explained(z: ZObject, error: unknown): unknown {
  if (error instanceof NoRequestsLeft) {
    return new z.errors.Error(
      'The polled triggers of this connection have used the requests of this minute, or the cache of Zapier that counts them ' +
        'does not respond. Nothing is lost: the next poll tries again. If you have just turned the Zap on, turn it off, wait ' +
        'a minute and turn it on again.',
      'TooManyRequests',
    );
  }
  if (!(error instanceof Error) || error.name !== 'ThrottledError') return error;
  return new z.errors.ThrottledError(
    'TutorCruncher accepts 100 requests per minute, and the steps of all Zaps together have sent more. Nothing is lost: ' +
      'the next poll returns the same records. If this persists, turn off Zaps that you do not need.',
  );
}

/** Returns the sample record. The sample's id has the form of the trigger's ids. */
function sampleRecord({ object, sample, idEnd, reminders }: PolledTriggerDefinition): FlatRecord {
  const row = { ...object.sample.subject, ...sample };
  const [reminder] = reminders?.(new InputValues()) ?? [];
  const id = recordId(String(rowId(row)), reminder?.idEnd ?? idEnd?.(row, new InputValues()));
  return recordOfDue(object, { id, row, ...(reminder && { reminder }) }, sampleLocale());
}

/** Returns all input fields of a trigger except Time Zone. */
const ownFields = ({ inputs, lookups = [], offersRunFor = false }: PolledTriggerDefinition): InputField[] => [
  ...inputs.map(({ field }) => field),
  ...(offersRunFor ? [runForField('lesson', KNOWN_LESSONS)] : []),
  ...lookups.map(({ field }) => field),
];

/**
 * Polls in the mode that Zapier requests.
 *
 * @param sample - returns the record to show in the editor if no record is due
 */
async function polledRecords(
  trigger: PolledTriggerDefinition,
  sample: () => FlatRecord,
  z: ZObject,
  bundle: Bundle,
): Promise<FlatRecord[]> {
  const { isPopulatingDedupe, isLoadingSample } = metaOf(bundle);
  const zapPoll = await beginPoll(trigger, z, bundle);
  if (isLoadingSample) return (await editorRecords(zapPoll)) ?? [{ ...sampleFields(zapPoll.lookups), ...sample() }];
  return isPopulatingDedupe ? knownRecords(zapPoll) : newRecords(zapPoll);
}

function definitionOf(
  trigger: PolledTriggerDefinition,
  inputFields: readonly InputField[],
  outputFields: () => readonly OutputField[],
) {
  const { key, label, description, object, lookups = [] } = trigger;
  const sample = once(() => sampleOf(key, () => sampleRecord(trigger)));
  return {
    key,
    noun: RECORD_NAMES[object.word],
    display: sharedPart({ label, description }),
    operation: withSample(sample, {
      type: 'polling' as const,
      perform: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
        try {
          return await polledRecords(trigger, sample, z, bundle);
        } catch (error) {
          throw explained(z, error);
        }
      },
      inputFields: sharedFields([...inputFields, timeZoneField]),
      // The output fields are a function, because core copies static output fields with the whole definition on each
      // call.
      outputFields: [
        (_z: ZObject, bundle: Bundle) => [
          ...outputFieldsOf(sampleFields(chosenLookups(lookups, bundle))),
          ...outputFields(),
        ],
        ...customFieldFunctions(object),
      ],
      throttle: sharedPart(THROTTLE),
    }),
  };
}

/**
 * A polled trigger: the definition for zapier-platform-core, and the parts of the definition that the documents and
 * tests use.
 */
export type PolledTrigger = ReturnType<typeof polledTrigger>;

/**
 * Checks that each part of a definition has an effect, because a condition without an effect would be ignored silently.
 *
 * @throws {Error} for a part without an effect
 */
function checkDefinition({ key, object, idEnd, reminders, offersRunFor = false }: PolledTriggerDefinition): void {
  if (idEnd && reminders) throw new Error(`${key}: the ids of reminders contain no "idEnd". Leave out one of the two.`);
  if (offersRunFor && object.word !== 'lesson') throw new Error(`${key}: only lessons can have a run for each person.`);
}

/** Defines a polled trigger. @throws {Error} if a part of the definition would have no effect */
export function polledTrigger(trigger: PolledTriggerDefinition) {
  checkDefinition(trigger);
  const { object, reminders, lookups = [], reportsActions = [] } = trigger;
  const inputFields = ownFields(trigger);
  const [first] = reminders?.(new InputValues()) ?? [];
  const outputFields = (): OutputField[] =>
    object.ownOutputFields.flatMap((field): OutputField[] =>
      field.key === 'id' ? [{ ...field, type: 'string' }, ...outputFieldsOf(first?.fields ?? {})] : [field],
    );
  return {
    object,
    lookups,
    reportsActions,
    definition: definitionOf(trigger, inputFields, outputFields),
    /** The input fields, omitting default values that depend on the account. */
    inputFields: [...inputFields, TIME_ZONE_FIELD],
    outputFields,
  };
}
