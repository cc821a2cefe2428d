import type { Bundle, ZObject } from 'zapier-platform-core';

import type { Hook } from '../hooks/relay-hook.ts';
import type { OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { sharedFields, sharedPart, withSample } from '../shared-part.ts';
import { timeZoneField } from '../inputs/time-zone-field.ts';
import type { TriggerText } from '../choices/trigger-text.ts';

/** The parts of a trigger that receives webhooks. */
interface HookParts<InputFields extends readonly object[]> {
  readonly noun: string;
  readonly hook: Hook;
  readonly sample: () => FlatRecord;
  readonly perform: (z: ZObject, bundle: Bundle) => Promise<FlatRecord[]>;
  readonly performList: (z: ZObject, bundle: Bundle) => Promise<FlatRecord[]>;
  /** The trigger's own input fields, which come between the fields of the hook and the time zone. */
  readonly inputFields: InputFields;
  /**
   * Functions that return the output fields. Static output fields would make up most of the definition, and
   * zapier-platform-core copies the whole definition twice per call.
   */
  readonly outputFields: readonly ((z: ZObject, bundle: Bundle) => readonly OutputField[] | Promise<OutputField[]>)[];
}

/** Returns a trigger that receives webhooks, in the form that zapier-platform-core expects. */
export const hookDefinition = <InputFields extends readonly object[]>(
  { key, label, description }: TriggerText,
  { noun, hook, sample, perform, performList, inputFields, outputFields }: HookParts<InputFields>,
) => ({
  key,
  noun,
  display: sharedPart({ label, description, ...hook.display }),
  operation: withSample(sample, {
    type: 'hook' as const,
    perform,
    performList,
    inputFields: sharedFields([...hook.inputFields, ...inputFields, timeZoneField]),
    outputFields,
    ...hook.operation,
  }),
});
