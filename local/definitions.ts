/** `npm run definitions`: builds the app and prints the steps, as Zapier shows the steps to an AI agent. */

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { startTutorCruncher } from './api/tutorcruncher.ts';
import { choicesOf, createRunner, inputFieldsOf, type AppInputField, type Runner } from './app-runner.ts';
import { build } from '../scripts/build.ts';
import { ROOT, runScript } from '../scripts/bundle.ts';

type App = (typeof import('../index.ts'))['default'];
interface Display {
  readonly label: string;
  readonly description: string;
  /** True if Zapier's editor does not offer the step. */
  readonly hidden?: boolean;
}

const KINDS = { TRIGGER: 'triggers', SEARCH: 'searches', ACTION: 'creates' } as const;
/** Maximum number of entries of a dropdown that are printed. */
const MAX_ENTRIES = 12;

const entriesText = (entries: readonly (readonly [value: string, name: string])[]): string =>
  entries.map(([value, name]) => `${value} = ${name}`).join('; ');

/** Returns the entries of a field's dropdown, or the search that Zapier offers beside the dropdown. */
async function dropdownText(zapier: Runner, { dynamic = '', search }: AppInputField): Promise<string> {
  if (search !== undefined) return `an ID, which the step ${search.split('.')[0] ?? ''} finds`;
  const entries = (await choicesOf(zapier, dynamic, 0)).map(({ id, name }) => [id, name] as const);
  const rest = entries.length > MAX_ENTRIES ? `; and ${entries.length - MAX_ENTRIES} more` : '';
  return entriesText(entries.slice(0, MAX_ENTRIES)) + rest;
}

/**
 * Returns the text of a field.
 *
 * @param condition - text about the choice in another field that makes the field appear; empty for a field that always
 *   appears
 */
async function fieldText(zapier: Runner, field: AppInputField, condition: string): Promise<string> {
  const { key, label, type = 'string', required, list, dict, helpText = '', choices, dynamic } = field;
  const form = `${type}${list ? ', several values' : ''}${dict ? ', named values' : ''}`;
  const lines = [`  ${key}: ${label} (${form}, ${required ? 'required' : 'optional'}${condition})`];
  if (helpText !== '') lines.push(`    Help: ${helpText}`);
  if (choices) lines.push(`    Choices: ${entriesText(Object.entries(choices))}`);
  if (dynamic !== undefined) lines.push(`    Choices: ${await dropdownText(zapier, field)}`);
  if (field.default !== undefined) lines.push(`    Default: ${field.default}`);
  return lines.join('\n');
}

/** Returns the texts of the fields that a step always has, and then of the fields that depend on a choice. */
async function fieldTexts(zapier: Runner, path: string): Promise<string[]> {
  const fixed = await inputFieldsOf(zapier, path);
  const texts = new Map<string, string>();
  for (const field of fixed) texts.set(field.key, await fieldText(zapier, field, ''));
  for (const { key, label, choices = {} } of fixed.filter(({ altersDynamicFields }) => altersDynamicFields)) {
    for (const [value, name] of Object.entries(choices)) {
      const added = (await inputFieldsOf(zapier, path, { [key]: value })).filter((field) => !texts.has(field.key));
      for (const field of added) texts.set(field.key, await fieldText(zapier, field, `, only if ${label} is ${name}`));
    }
  }
  return [...texts.values()];
}

/**
 * Returns the steps of an app as text. @param zapier - runs the app with the account that provides the entries of
 * dropdowns
 */
export async function definitionsText(app: App, zapier: Runner): Promise<string> {
  const texts: string[] = [];
  for (const [word, kind] of Object.entries(KINDS)) {
    for (const [key, { display }] of Object.entries<{ readonly display: Display }>(app[kind])) {
      // Hidden triggers fill dropdowns.
      if (display.hidden) continue;
      const fields = await fieldTexts(zapier, `${kind}.${key}.operation`);
      texts.push([`${word} ${key}: ${display.label}`, display.description, 'Inputs:', ...fields].join('\n'));
    }
  }
  return `${texts.join('\n\n')}\n`;
}

async function main(): Promise<void> {
  const folder = join(ROOT, 'build/definitions');
  await build(folder, null);
  const { default: app } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as { default: App };
  const { origin, stop } = await startTutorCruncher('demo');
  process.env.TUTORCRUNCHER_URL = origin;
  process.stdout.write(await definitionsText(app, createRunner(app, 'demo')));
  await stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(main);
