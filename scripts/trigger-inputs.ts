/** The part of `docs/fields.md` about the inputs of triggers. */

import type { InputField } from '../src/input-fields.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { cell } from './markdown.ts';

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
];
