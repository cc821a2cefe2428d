/** The fact sheets with the project's assumptions about TutorCruncher and Zapier. */

import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { readAssumptions } from '../../account-check/fact-sheet.ts';

const SHEET = readFileSync('docs/tutorcruncher.md', 'utf8');
const GRADES = ['verified', 'observed', 'documented', 'guess'];

/**
 * Returns the cells of each assumption's row: name, assumption, file, grade, and the effect if the assumption is false.
 */
const rowsOf = (sheet: string): string[][] =>
  [...sheet.matchAll(/^\| `.*\|$/gm)].map(([row]) => row.split(/ *\| */).slice(1, -1));
const ROWS = rowsOf(SHEET);
/** Rows about Zapier have one more cell, with the way to decide the assumption. */
const ZAPIER_ROWS = rowsOf(readFileSync('docs/zapier.md', 'utf8'));
const ALL_ROWS = [...ROWS, ...ZAPIER_ROWS];

describe('each assumption', () => {
  it('has a name of its own, a grade, and what goes wrong if it is false', () => {
    const names = ALL_ROWS.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const incomplete = ALL_ROWS.filter(
      ([name = '', assumption, , grade = '', consequence]) =>
        !/^`[a-z]+\.[a-z-]+`$/.test(name) || !GRADES.includes(grade) || !assumption || !consequence,
    );
    expect(incomplete).toEqual([]);
    expect(ROWS.filter((row) => row.length !== 5)).toEqual([]);
    expect(ROWS.length).toBeGreaterThan(90);
  });

  it('names the file that depends on it', () => {
    const missing = ALL_ROWS.filter(([, , file = '']) => !/^`[\w./-]+`$/.test(file) || !existsSync(file.slice(1, -1)));
    expect(missing).toEqual([]);
  });

  it('about Zapier is on its own page, which says how it is decided', () => {
    const zapiers = ALL_ROWS.filter(([name = '']) => name.startsWith('`zapier.'));
    expect(zapiers).toEqual(ZAPIER_ROWS);
    expect(ZAPIER_ROWS.filter((row) => row.length !== 6 || row[5] === '')).toEqual([]);
    expect(ZAPIER_ROWS.length).toBeGreaterThan(12);
  });

  it('about Zapier refers to checks of RELEASING.md, and each check decides one', () => {
    const [, list = ''] =
      /### The first ten minutes\n([^]*?)\n\*\*An empty/.exec(readFileSync('RELEASING.md', 'utf8')) ?? [];
    const checks = [...list.matchAll(/^(\d)\. /gm)].map(([, number]) => number);
    const used = ZAPIER_ROWS.flatMap(([, , , , , decided = '']) => /^Check (\d)[:.]/.exec(decided)?.[1] ?? []);
    expect([...new Set(used)].sort()).toEqual(checks);
  });
});

describe('npm run check:account', () => {
  it('reads the names, the files and the consequences of all rows', () => {
    const assumptions = [...readAssumptions().values()];
    expect(assumptions.map(({ name, file, consequence }) => [`\`${name}\``, `\`${file}\``, consequence])).toEqual(
      ROWS.map(([name, , file, , consequence]) => [name, file, consequence]),
    );
  });
});

it('the fact sheet has at most 250 lines', () => {
  expect(SHEET.split('\n').length).toBeLessThanOrEqual(250);
});

it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s links to both fact sheets', (document) => {
  expect(readFileSync(document, 'utf8')).toContain('](docs/tutorcruncher.md)');
  expect(readFileSync(document, 'utf8')).toContain('](docs/zapier.md)');
});
