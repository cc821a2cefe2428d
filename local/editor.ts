/** What Zapier's editor shows a person who builds a Zap: the connection, choices, fields, records to test with. */

import type { FlatRecord } from '../src/record/record.ts';
import { recordTable } from './table.ts';
import { isOutputField, type App, type Runner } from './zapier.ts';

const isChoice = (value: unknown): value is { id: string; name: string } =>
  typeof value === 'object' && value !== null && 'id' in value && 'name' in value;

interface InputField {
  readonly label: string;
  readonly type?: string;
  readonly helpText?: string;
  readonly dynamic?: string;
}

const isInputField = (value: unknown): value is InputField =>
  typeof value === 'object' && value !== null && 'label' in value;

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** All pages of a dropdown, as a person who scrolls through it gets them. */
async function choicesOf(zapier: Runner, triggerKey: string): Promise<string[]> {
  const names: string[] = [];
  for (let page = 0; page < 20; page++) {
    const choices = (await zapier.call(`triggers.${triggerKey}.operation.perform`, { meta: { page } })) as unknown[];
    if (choices.length === 0) break;
    names.push(...choices.filter(isChoice).map(({ name }) => name));
  }
  return names;
}

/** What the editor shows of one trigger. */
export async function editorText(app: App, zapier: Runner, triggerKey: string): Promise<string> {
  const trigger = app.triggers[triggerKey];
  if (!trigger) throw new Error(`The app has no trigger "${triggerKey}".`);
  const path = `triggers.${triggerKey}.operation`;

  const branch = await zapier.call('authentication.test');
  const connection = await zapier.call('authentication.connectionLabel', { inputData: branch });
  const lines = [
    `What a person sees who builds a Zap on ${trigger.display.label} (${triggerKey}):`,
    '',
    `Connection: ${String(connection)}`,
  ];

  for (const field of ((await zapier.call(`${path}.inputFields`)) as unknown[]).filter(isInputField)) {
    if (field.helpText !== undefined && field.type === 'copy') lines.push(`${field.label}: ${oneLine(field.helpText)}`);
    if (field.dynamic === undefined) continue;
    const choices = await choicesOf(zapier, field.dynamic.split('.')[0] ?? '');
    lines.push(`${field.label}: ${choices.slice(0, 6).join(', ')} ... (${choices.length} to choose from)`);
  }

  const fields = ((await zapier.call(`${path}.outputFields`)) as unknown[]).filter(isOutputField);
  const customFields = fields.filter(({ key }) => key.startsWith('custom_'));
  lines.push(`Custom fields: ${customFields.map(({ label }) => label).join(', ')}`);

  const records = (await zapier.call(`${path}.performList`)) as FlatRecord[];
  const [first] = records;
  lines.push(`Records to test with: ${records.length}${first ? ', the first of them:' : ''}`);
  if (first) lines.push('', recordTable(fields, first));
  return lines.join('\n');
}
