/** The parts of triggers that only apps built for a relay have. */

import type { InputField } from '../src/input-fields.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import type { Trigger } from '../src/trigger.ts';

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
