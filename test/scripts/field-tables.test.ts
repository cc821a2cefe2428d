import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { FIELD_TABLES, table } from '../../scripts/field-tables.ts';

const DOCUMENT = readFileSync('docs/fields.md', 'utf8');

/**
 * Removes white space and the dashes below headings from a text, because the formatter adjusts them to the width of the
 * columns.
 */
const unformatted = (text: string): string => text.replace(/\s|-{3,}/g, '');

it.each(Object.entries(FIELD_TABLES))('the part "%s" is in docs/fields.md', (name, lines) => {
  const part = DOCUMENT.split(`<!-- generated: ${name} -->`)[1]?.split('<!-- end -->')[0];
  expect(unformatted(part ?? '')).toBe(unformatted(lines().join('\n')));
});

it('a cell of a table is one line, which no character of its text divides', () => {
  expect(
    table(
      ['Field', 'Example'],
      [
        ['A | B', 'first\n second'],
        [null, undefined],
        [0, false],
      ],
    ),
  ).toEqual(['| Field | Example |', '| --- | --- |', '| A \\| B | first<br>second |', '|  |  |', '| 0 | false |']);
});
