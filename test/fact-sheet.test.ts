/** The fact sheet: what the project assumes about TutorCruncher. */

import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { readAssumptions } from '../account-check/fact-sheet.ts';
import { Findings } from '../account-check/findings.ts';
import { HARM } from '../account-check/harm.ts';

const SHEET = readFileSync('docs/tutorcruncher.md', 'utf8');
const GRADES = ['verified', 'observed', 'documented', 'guess'];

/** The cells of each assumption's row: name, assumption, file, grade, and what goes wrong if it is false. */
const ROWS = [...SHEET.matchAll(/^\| `.*\|$/gm)].map(([row]) => row.split(/ *\| */).slice(1, -1));

describe('each assumption about TutorCruncher', () => {
  it('has a name of its own, a grade, and what goes wrong if it is false', () => {
    const names = ROWS.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const incomplete = ROWS.filter(
      ([name = '', assumption, , grade = '', consequence, ...more]) =>
        !/^`[a-z]+\.[a-z-]+`$/.test(name) || !GRADES.includes(grade) || !assumption || !consequence || more.length > 0,
    );
    expect(incomplete).toEqual([]);
    expect(ROWS.length).toBeGreaterThan(90);
  });

  it('names the file that depends on it', () => {
    const missing = ROWS.filter(([, , file = '']) => !/^`[\w./-]+`$/.test(file) || !existsSync(file.slice(1, -1)));
    expect(missing).toEqual([]);
  });
});

describe('npm run check:account', () => {
  it('reads the names, the files and the consequences of all rows', () => {
    const assumptions = [...readAssumptions().values()];
    expect(assumptions.map(({ name, file, consequence }) => [`\`${name}\``, `\`${file}\``, consequence])).toEqual(
      ROWS.map(([name, , file, , consequence]) => [name, file, consequence]),
    );
    expect([...HARM.keys()].filter((name) => !readAssumptions().has(name))).toEqual([]);
  });

  it('has no verdict without a row', () => {
    expect(() => {
      new Findings().add('lists.colour', true, 'clients');
    }).toThrow('docs/tutorcruncher.md has no row "lists.colour".');
  });
});

it('the fact sheet has at most 250 lines', () => {
  expect(SHEET.split('\n').length).toBeLessThanOrEqual(250);
});

it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s links to the fact sheet', (document) => {
  expect(readFileSync(document, 'utf8')).toContain('](docs/tutorcruncher.md)');
});
