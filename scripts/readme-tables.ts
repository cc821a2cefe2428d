/** The README's tables of triggers, searches and actions, generated from the definitions. */

import { format } from 'prettier';

import { actions } from '../creates/index.ts';
import { objectSearches } from '../searches/index.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';

/** The texts of a step. */
interface Step {
  readonly definition: {
    readonly key: string;
    readonly noun: string;
    readonly display: { readonly label: string; readonly description: string };
  };
}

/** The tables by the headings of their second and fourth columns. A row omits the first words of the description. */
const TABLES: readonly (readonly [second: string, fourth: string, steps: readonly Step[], omitted: string])[] = [
  ['Trigger', 'Triggers when', webhookTriggers, 'Triggers when '],
  ['Polled trigger', 'Triggers when', polledTriggers, 'Triggers when '],
  ['Search', 'Finds', objectSearches, 'Finds '],
  ['Action', 'What it does', actions, ''],
];

/**
 * Returns the README with current tables.
 *
 * @param readme - the text of the README, which contains each table once
 * @throws {Error} if a table is missing
 */
export async function withCurrentTables(readme: string): Promise<string> {
  let text = readme;
  for (const [second, fourth, steps, omitted] of TABLES) {
    const table = new RegExp(`^\\| Object +\\| ${second} +\\|.*\n(?:\\|.*\n)+`, 'm');
    if (!table.test(text))
      throw new Error(`README.md has no table with the columns "Object" and "${second}". Restore it.`);
    const rows = steps.map(({ definition: { key, noun, display } }) =>
      [noun, display.label, `\`${key}\``, display.description.replace(omitted, '')].join(' | '),
    );
    const lines = [`Object | ${second} | Key | ${fourth}`, '--- | --- | --- | ---', ...rows];
    text = text.replace(table, () => lines.map((line) => `| ${line} |\n`).join(''));
  }
  return format(text, { parser: 'markdown', printWidth: 120, singleQuote: true });
}
