/** The fields that the records of several triggers share. */

import type { InputField } from '../src/choices/filter-fields.ts';
import { isBranchKey } from '../src/record/branch-fields.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import type { FlatRecord } from '../src/record/record.ts';
import type { Trigger } from '../src/instant/trigger.ts';
import { RECORD_NAMES } from '../src/object/tutorcruncher-object.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { OBJECT_NAMES } from '../wire/models.ts';

/** The fields of an object, or the few fields that TutorCruncher sends on deletion. */
export interface RecordShape {
  readonly name: string;
  readonly title: string;
  readonly fields: readonly OutputField[];
  /** Additional fields of apps that are built for a relay. */
  readonly relayedFields: readonly OutputField[];
  readonly sample: FlatRecord;
}

const missingIn = <T extends { readonly key: string }>(present: readonly T[], fields: readonly T[]): T[] => {
  const keys = new Set(present.map(({ key }) => key));
  return fields.filter(({ key }) => !keys.has(key));
};

/** Returns the input fields that need a relay. */
export const relayedInputs = ({ inputFields, relayed }: Trigger): InputField[] =>
  missingIn(inputFields, relayed.inputFields);

/** Returns the output fields that need a relay. */
export const relayedOutputs = ({ outputFields, relayed }: Trigger): OutputField[] =>
  missingIn(outputFields, relayed.outputFields);

/** Returns the name of a trigger's records in the contract. */
export function shapeName({ filter: { object }, isDeletion }: Trigger): string {
  if (object === null) return 'event';
  return isDeletion ? `deleted_${object}` : object;
}

/** Returns true for a field that describes the event, not its subject. */
export const isEventField = ({ key }: OutputField): boolean =>
  key === 'id' || isBranchKey(key) || /^(?:event|actor)_/.test(key);

/** Returns each shape once, in the order of the triggers. */
export function shapes(): RecordShape[] {
  const byName = new Map<string, RecordShape>();
  for (const trigger of webhookTriggers) {
    const { filter, isDeletion, outputFields: fields, definition } = trigger;
    const name = shapeName(trigger);
    if (byName.has(name)) continue;
    const object = filter.object === null ? 'New Event' : OBJECT_NAMES[filter.object];
    const title = isDeletion ? `Deleted ${object}` : object;
    const { sample } = definition.operation;
    byName.set(name, { name, title, fields, relayedFields: relayedOutputs(trigger), sample });
  }
  for (const { object, outputFields } of polledTriggers) {
    if (byName.has(object.word)) continue;
    const fields = outputFields().filter((field) => !isEventField(field));
    const title = RECORD_NAMES[object.word];
    byName.set(object.word, { name: object.word, title, fields, relayedFields: [], sample: object.ownSample });
  }
  return [...byName.values()];
}
