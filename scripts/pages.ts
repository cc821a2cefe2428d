/**
 * The documents with generated parts, and the files that name the image of the relay. Each part is between a comment
 * with its name and the comment `<!-- end -->`.
 */

import { readFileSync } from 'node:fs';

import { format, resolveConfig } from 'prettier';

import { actions } from '../creates/index.ts';
import ownPackage from '../package.json' with { type: 'json' };
import { objectSearches } from '../searches/index.ts';
import type { Trigger } from '../src/instant/trigger.ts';
import { noticeTriggers, polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { eventTable } from './event-table.ts';
import { FIELD_TABLES, table } from './field-tables.ts';
import { relayImage, renderLink, repositoryLines } from './repository.ts';

interface Step {
  readonly definition: Pick<Trigger['definition'], 'key' | 'noun' | 'display'>;
}

/**
 * The beginning of a sentence about emails in many descriptions. Tables shorten this beginning to "May", because the
 * page explains the settings once.
 */
const SETTINGS_DECIDE = 'Depending on the settings of your branch, TutorCruncher may ';

/**
 * Returns a table of steps.
 *
 * @param firstWords - the first words of all descriptions, which become the heading of a column and are left out of the
 *   rows; null for descriptions without common first words
 */
const stepTable =
  (kind: string, steps: readonly Step[], firstWords: string | null = null) =>
  (): string[] =>
    table(
      ['Object', kind, 'Key', firstWords ?? 'What it does'],
      steps.map(({ definition: { key, noun, display } }) => {
        const description = display.description.replace(SETTINGS_DECIDE, 'May ');
        const rest = firstWords === null ? description : description.replace(`${firstWords} `, '');
        return [noun, display.label, `\`${key}\``, rest];
      }),
    );

const instantTriggers = webhookTriggers.filter(({ needsRelay }) => !needsRelay);
const relayedTriggers = [...webhookTriggers.filter(({ needsRelay }) => needsRelay), ...noticeTriggers];

/** Joins items into a phrase such as "a, b and c". */
const inWords = (items: readonly string[]): string => new Intl.ListFormat('en-GB').format(items);

const PARTS: Readonly<Record<string, () => string[]>> = {
  ...FIELD_TABLES,
  'instant steps': stepTable('Trigger', instantTriggers, 'Triggers when'),
  'relayed steps': stepTable('Trigger', relayedTriggers, 'Triggers when'),
  'polled steps': stepTable('Trigger', polledTriggers, 'Triggers when'),
  'polled labels': () => [
    `These are ${inWords(polledTriggers.map(({ definition }) => `**${definition.display.label}**`))}.`,
  ],
  'all events': eventTable,
  'search steps': stepTable('Search', objectSearches, 'Finds'),
  'action steps': stepTable('Action', actions),
  repository: () => repositoryLines(ownPackage.repository),
};

/** The documents and the other files. */
export const PAGES = [
  'README.md',
  'docs/fields.md',
  'docs/guide.md',
  'docs/hosting.md',
  'docs/relay.md',
  'docs/render.md',
  'docs/steps.md',
  'render.yaml',
] as const;

/**
 * Returns the text of a file with newly generated parts.
 *
 * @throws {Error} if the file lacks a part with one of the names
 */
export async function generated(page: (typeof PAGES)[number]): Promise<string> {
  const { repository, version } = ownPackage;
  const text = readFileSync(page, 'utf8')
    .replace(/(?<=<!-- generated: ([\w ]+) -->\n)[^]*?(?=<!-- end -->)/g, (_part, name: string) => {
      const lines = PARTS[name];
      if (!lines) throw new Error(`${page} names an unknown part "${name}".`);
      return `\n${lines().join('\n')}\n\n`;
    })
    .replace(/ghcr\.io\/[\w./-]+-relay:[\w.-]+/g, relayImage(repository, version))
    .replace(/https:\/\/render\.com\/deploy\?repo=[\w.:/-]+/g, renderLink(repository))
    .replace(
      /\d+ triggers, \d+ searches and \d+ actions/,
      `${instantTriggers.length + polledTriggers.length} triggers, ${objectSearches.length} searches and ${actions.length} actions`,
    );
  return format(text, { ...(await resolveConfig(page)), filepath: page });
}
