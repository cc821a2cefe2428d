import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { webhookTriggers } from '../triggers/index.ts';

const readme = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it("lists exactly the app's triggers in its table, with their labels and descriptions", () => {
    const rows = readme
      .split('\n')
      .filter((line) => /^\|.*\| `[a-z_]+` +\|/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 5)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(
      webhookTriggers.map(({ definition: { key, noun, display } }) => [
        noun,
        display.label,
        `\`${key}\``,
        display.description.replace('Triggers when ', ''),
      ]),
    );
  });
});
