/** Text version of Zapier's editor: connection, input fields with their choices, output fields and test records. */

import type { FlatRecord } from '../../src/record/record.ts';
import { recordText } from '../table.ts';
import { isChoice, labelOf, outputFieldsOf, type App, type Runner } from '../zapier.ts';

interface InputField {
  readonly label: string;
  readonly type?: string;
  readonly helpText?: string;
  readonly dynamic?: string;
  readonly default?: string;
}

const isInputField = (value: unknown): value is InputField =>
  typeof value === 'object' && value !== null && 'label' in value;

/** Returns a help text as indented lines without Markdown. Each link is on a line of its own. */
const helpLines = (helpText: string): string[] =>
  helpText
    .replace(/\*\*|`/g, '')
    .replace(/\s*\[([^\]]+)\]\(([^)]+)\)\.?\s*/g, '\n$1:\n$2\n')
    .split(/\n+/)
    .filter((line) => line !== '')
    .map((line) => `  ${line.replace(/\s+/g, ' ')}`);

async function choicesOf(zapier: Runner, triggerKey: string): Promise<string[]> {
  const names: string[] = [];
  for (let page = 0; page < 20; page++) {
    const choices = await zapier.call(`triggers.${triggerKey}.operation.perform`, { meta: { page } });
    if (!Array.isArray(choices) || choices.length === 0) break;
    names.push(...choices.filter(isChoice).map(({ name }) => name));
  }
  return names;
}

async function inputFieldLines(zapier: Runner, fields: unknown): Promise<string[]> {
  const lines: string[] = [];
  for (const { label, type, helpText, dynamic, default: preset } of Array.isArray(fields)
    ? fields.filter(isInputField)
    : []) {
    if (type === 'copy' && helpText !== undefined) lines.push(`${label}:`, ...helpLines(helpText));
    if (preset !== undefined) lines.push(`${label}: ${preset} (the default)`);
    if (type === 'boolean') lines.push(`${label}: true or false`);
    if (dynamic === undefined) continue;
    const choices = await choicesOf(zapier, dynamic.split('.')[0] ?? '');
    lines.push(`${label}: ${choices.slice(0, 6).join(', ')} ... (${choices.length} choices)`);
  }
  return lines;
}

/** Returns text that presents a trigger like Zapier's editor. @throws {Error} if a method of the trigger fails */
export async function editorText(app: App, zapier: Runner, triggerKey: string, showsAll: boolean): Promise<string> {
  const path = `triggers.${triggerKey}.operation`;

  const branch = await zapier.call('authentication.test');
  const connection = await zapier.call('authentication.connectionLabel', { inputData: branch });
  const inputFields = await zapier.call(`${path}.inputFields`);
  const lines = [
    `Trigger: ${labelOf(app, triggerKey)} (${triggerKey})`,
    `Connection: ${String(connection)}`,
    ...(await inputFieldLines(zapier, inputFields)),
  ];

  const fields = await outputFieldsOf(zapier, path);
  const customFields = fields.filter(({ key }) => key.startsWith('custom_'));
  lines.push(`Custom fields: ${customFields.map(({ label }) => label).join(', ')}`);

  const records = (await zapier.call(`${path}.performList`)) as FlatRecord[];
  const [first] = records;
  lines.push(`Test records: ${records.length}${first ? '. The first one:' : ''}`);
  if (first) {
    lines.push('', recordText(triggerKey, fields, first, showsAll));
  }
  return lines.join('\n');
}
