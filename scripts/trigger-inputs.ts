/** The part of `docs/fields.md` about the inputs of triggers, and the fields that these add to records. */

import type { InputField } from '../src/input-fields.ts';
import { sampleFields, type Lookup } from '../src/lookup.ts';
import { outputFieldsOf } from '../src/record/output-fields.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { cell, table } from './markdown.ts';

/** The heading of the section. */
export const TRIGGER_INPUTS = 'Inputs of Triggers';

/** An input and the triggers that have it. */
interface SharedInput {
  readonly field: InputField;
  readonly triggers: string[];
  readonly needsRelay: boolean;
}

/** Returns each input once. Inputs with the same key but different help texts are different inputs. */
function sharedInputs(): SharedInput[] {
  const inputs = new Map<string, SharedInput>();
  for (const { definition, inputFields, relayed } of webhookTriggers) {
    const present = new Set(inputFields.map(({ helpText }) => helpText));
    const needingRelay = relayed.inputFields.filter(({ helpText }) => !present.has(helpText));
    for (const field of [...inputFields, ...needingRelay]) {
      const name = `${field.key} ${field.helpText}`;
      const input = inputs.get(name) ?? { field, triggers: [], needsRelay: needingRelay.includes(field) };
      input.triggers.push(definition.display.label);
      inputs.set(name, input);
    }
  }
  return [...inputs.values()];
}

const triggersText = (labels: readonly string[]): string =>
  labels.length === webhookTriggers.length ? 'all' : labels.join(', ');

/** Returns the lines of `docs/contract.txt` about the fields that the choices of a trigger add. */
export const addedFieldsContract = (key: string, lookups: readonly Lookup[]): string[] =>
  lookups.flatMap(({ field, sample }) =>
    outputFieldsOf(sample).map((added) => `trigger ${key}: gives ${added.key} ${added.type} with ${field.key}`),
  );

const allAddedFields = () => sampleFields([...webhookTriggers, ...polledTriggers].flatMap(({ lookups }) => lookups));

/** Returns the section about the inputs of triggers. */
export const triggerInputsSection = (): string[] => [
  `## ${TRIGGER_INPUTS}`,
  '',
  'All inputs of triggers are optional. Those marked with a relay exist only if the app was built for a [relay](relay.md).',
  '',
  '| Input | Triggers | Help | Key |',
  '| --- | --- | --- | --- |',
  ...sharedInputs().map(
    ({ field, triggers, needsRelay }) =>
      `| ${field.label}${needsRelay ? ' (with a relay)' : ''} | ${triggersText(triggers)} | ${cell(field.helpText)} | \`${field.key}\` |`,
  ),
  '',
  'Some inputs add fields to the record:',
  '',
  ...table(outputFieldsOf(allAddedFields()), allAddedFields()),
  '',
];
