/**
 * Factory for all instant triggers that receive TutorCruncher's events, which follow the path in `perform.ts`. Triggers
 * differ in their texts, actions and object, in a condition on the subject (such as a paid invoice), in the choices
 * that narrow them, in their lookups (`src/lookups/lookup.ts`), and in the part of an event that is the subject of
 * their records. The same code creates live records, samples and output fields. Samples and output fields are created
 * from the object's sample delivery.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { hookOf, IS_RELAYED } from './event-source.ts';
import { hookDefinition } from './hook-definition.ts';
import { perform } from './perform.ts';
import { performList } from './test-data.ts';
import { filterFor, type TriggerParts } from './trigger-parts.ts';
import { chosenLookups, sampleFields } from '../lookups/lookup.ts';
import { withLazy } from '../once.ts';
import { isChangeKey } from '../record/change-keys.ts';
import { isEventKey } from '../record/event.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import { TIME_ZONE_FIELD } from '../inputs/time-zone-field.ts';
import type { TriggerText } from '../choices/trigger-text.ts';

const isSubjectKey = ({ key }: OutputField): boolean => !isEventKey(key) && !isChangeKey(key);

function definitionOf(text: TriggerText, parts: TriggerParts) {
  const { noun, filterFields, runForField, lookups, sample, outputFields } = parts;
  const runForFields = runForField ? [runForField] : [];
  const hook = hookOf({
    label: text.label,
    choiceFields: [...filterFields, ...runForFields.map((field) => ({ field })), ...lookups],
    filterFor: (bundle) => filterFor(parts, bundle),
  });
  return hookDefinition(text, {
    noun,
    hook,
    sample,
    perform: (z, bundle) => perform(z, bundle, hook, parts),
    performList: (z, bundle) => performList(z, bundle, hook, parts),
    inputFields: [
      ...filterFields.map(({ field, fieldFor }) => fieldFor ?? field),
      ...runForFields,
      ...lookups.map(({ field }) => field),
    ],
    outputFields: [
      ...(lookups.length > 0
        ? [(_z: ZObject, bundle: Bundle) => outputFieldsOf(sampleFields(chosenLookups(lookups, bundle)))]
        : []),
      () => outputFields().filter(isSubjectKey),
      ...parts.accountFields,
      () => outputFields().filter((field) => !isSubjectKey(field)),
    ],
  });
}

const inputFieldsOf = ({ filterFields, runForField, lookups }: Omit<TriggerParts, 'sample' | 'outputFields'>) => [
  ...filterFields.map(({ field }) => field),
  ...(runForField ? [runForField] : []),
  ...lookups.map(({ field }) => field),
  TIME_ZONE_FIELD,
];

/** A trigger: the definition for zapier-platform-core, and the parts from which the definition is created. */
export type Trigger = ReturnType<typeof makeTrigger>;

/** Creates a trigger from its texts and parts. @param partsFor - returns the parts in an app with or without a relay */
export function makeTrigger(text: TriggerText, partsFor: (isRelayed: boolean) => TriggerParts) {
  const parts = partsFor(IS_RELAYED);
  const { description, descriptionWithoutRelay = description } = text;
  const shownText = { ...text, description: IS_RELAYED ? description : descriptionWithoutRelay };
  return withLazy(
    { ...parts, definition: definitionOf(shownText, parts), inputFields: inputFieldsOf(parts) },
    {
      sampleEvent: parts.sampleEvent,
      sample: parts.sample,
      outputFields: parts.outputFields,
      /** Returns the parts that differ in an app that is built for a relay. */
      relayed: () => {
        const { sample, outputFields, ...others } = partsFor(true);
        return { sample: sample(), inputFields: inputFieldsOf(others), outputFields: outputFields() };
      },
    },
  );
}
