/** Text version of Zapier's editor: connection, input fields with their choices, output fields and test records. */

import type { FlatRecord } from '../../src/record/record.ts';
import type { SetUp } from '../relayed-zaps.ts';
import { recordText } from '../table.ts';
import { print } from '../terminal.ts';
import { choicesOf, inputFieldsOf, labelOf, outputFieldsOf, type Runner } from '../zapier.ts';

const TRIGGER = 'tutor_label_added';
const OPERATION = `triggers.${TRIGGER}.operation`;

/** Returns a help text as indented lines without Markdown. Each link is on a line of its own. */
const helpLines = (helpText: string): string[] =>
  helpText
    .replace(/\*\*|`/g, '')
    .replace(/\s*\[([^\]]+)\]\(([^)]+)\)\.?\s*/g, '\n$1:\n$2\n')
    .split(/\n+/)
    .filter((line) => line !== '')
    .map((line) => `  ${line.replace(/\s+/g, ' ')}`);

async function choiceNames(zapier: Runner, dynamic: string): Promise<string[]> {
  const names: string[] = [];
  for (let page = 0; ; page++) {
    const choices = await choicesOf(zapier, dynamic, page);
    if (choices.length === 0) return names;
    names.push(...choices.map(({ name }) => name));
  }
}

async function inputFieldLines(zapier: Runner): Promise<string[]> {
  const lines: string[] = [];
  for (const { label, type, helpText, dynamic, default: preset } of await inputFieldsOf(zapier, OPERATION)) {
    if (type === 'copy' && helpText !== undefined) lines.push(`${label}:`, ...helpLines(helpText));
    if (preset !== undefined) lines.push(`${label}: ${preset} (the default)`);
    if (type === 'boolean') lines.push(`${label}: true or false`);
    if (dynamic === undefined) continue;
    const names = await choiceNames(zapier, dynamic);
    lines.push(`${label}: ${names.slice(0, 6).join(', ')} ... (${names.length} choices)`);
  }
  return lines;
}

/** Prints a trigger like Zapier's editor. @throws {Error} if a method of the trigger fails */
export async function showEditor({ app, zapier, showsAll }: SetUp): Promise<void> {
  const branch = await zapier.call('authentication.test');
  const connection = await zapier.call('authentication.connectionLabel', { inputData: branch });
  const fields = await outputFieldsOf(zapier, OPERATION);
  const customFields = fields.filter(({ key }) => key.startsWith('custom_'));
  const records = (await zapier.call(`${OPERATION}.performList`)) as FlatRecord[];
  const [first] = records;
  const lines = [
    `Trigger: ${labelOf(app, TRIGGER)} (${TRIGGER})`,
    `Connection: ${String(connection)}`,
    ...(await inputFieldLines(zapier)),
    `Custom fields: ${customFields.map(({ label }) => label).join(', ')}`,
    `Test records: ${records.length}${first ? '. The first one:' : ''}`,
    ...(first ? ['', recordText(TRIGGER, fields, first, showsAll)] : []),
  ];
  print(lines.join('\n'));
}
