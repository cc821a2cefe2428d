import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { actions } from '../creates/index.ts';
import { relayedInputs, relayedOutputs } from '../scripts/relayed.ts';
import { objectSearches } from '../searches/index.ts';
import { isChangeKey } from '../src/record/change-keys.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';

const readme = readFileSync('README.md', 'utf8');

/** Returns the first four cells of each row about a step in the section with a heading. */
const rowsUnder = (heading: string): string[][] =>
  (readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => /^\|.*\| `[a-z_]+` +\|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 5)
        .map((cell) => cell.trim()),
    );

describe('the README', () => {
  it.each([
    ['Triggers', [...webhookTriggers, ...polledTriggers], /^Triggers when /],
    ['Searches', objectSearches, /^Finds /],
    ['Actions', actions, /^(?!)/],
  ])("lists exactly the app's steps under %s, with their labels and descriptions", (heading, steps, start) => {
    expect(rowsUnder(heading)).toEqual(
      steps.map(({ definition: { key, noun, display } }) => [
        noun,
        display.label,
        `\`${key}\``,
        display.description.replace(start, ''),
      ]),
    );
  });

  it('lists exactly the fields and choices about changes that need a relay, with their labels', () => {
    const section = readme.split('\n## With or without a relay\n')[1]?.split('\n## ')[0] ?? '';
    const firstCells = [...section.matchAll(/^\| ((?:choices? )?\*\*.+?\*\*) +\|/gm)].map(([, cell = '']) => cell);
    const listed = firstCells.flatMap((cell) => [...cell.matchAll(/\*\*(.+?)\*\*/g)].map(([, label]) => label));
    const fields = webhookTriggers.flatMap(relayedOutputs).filter(({ key }) => isChangeKey(key));
    const labels = [...fields, ...webhookTriggers.flatMap(relayedInputs)].map(({ label }) => label);
    expect([...listed].sort()).toEqual([...new Set(labels)].sort());
  });
});
