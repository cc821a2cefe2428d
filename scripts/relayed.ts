/** The parts of triggers that only apps built for a relay have. */

import { noticeTriggers } from '../triggers/delivery-problem.ts';
import type { InputField } from '../src/input-fields.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import type { Trigger } from '../src/trigger.ts';
import { cell, table } from './markdown.ts';

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

/** Returns the lines of `docs/contract.txt` about the triggers that need a relay. */
export const noticeContract = (): string[] =>
  noticeTriggers.flatMap(({ definition: { key }, inputFields, outputFields }) => [
    ...inputFields.map(
      ({ key: input, type, list }) => `trigger ${key}: input ${input} ${type}${list ? ' list' : ''} with a relay`,
    ),
    ...outputFields().map((field) => `trigger ${key}: gives ${field.key} ${field.type} with a relay`),
  ]);

/** The titles of the sections about the triggers that need a relay. */
export const noticeTitles = (): string[] => noticeTriggers.map(({ definition }) => definition.display.label);

/** Returns the sections of `docs/fields.md` about the triggers that need a relay. */
export const noticeSections = (): string[] =>
  noticeTriggers.flatMap(({ definition: { key, display }, inputFields, outputFields, completeSample }) => [
    `## ${display.label}`,
    '',
    `${display.description} Key: \`${key}\`. Exists only if the app was built for a [relay](relay.md).`,
    '',
    ...table(outputFields(), completeSample()),
    '',
    '| Input | Help | Key |',
    '| --- | --- | --- |',
    ...inputFields.map((field) => `| ${field.label} | ${cell(field.helpText)} | \`${field.key}\` |`),
    '',
  ]);
