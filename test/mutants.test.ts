/** The scores that `npm run mutate` computes from Stryker's report, and its list of equivalent mutants. */

import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { EQUIVALENT } from '../scripts/mutation/equivalent-mutants.ts';
import { mutantsIn, scoresOf } from '../scripts/mutation/outcomes.ts';

const SOURCE = 'first\n  if (isDue)\n    send(\n';

/** Returns a mutant of Stryker's report in line 2. */
const mutant = (status: string, replacement = 'true') => ({
  status,
  replacement,
  location: { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } },
});

const report = {
  files: {
    'src/a.ts': {
      source: SOURCE,
      mutants: [
        ...['Killed', 'Timeout', 'RuntimeError', 'CompileError'].map((status) => mutant(status)),
        mutant('Survived', '{\n  x\n}'),
      ],
    },
    'src/record/b.ts': {
      source: SOURCE,
      mutants: [mutant('NoCoverage'), mutant('Survived'), mutant('Survived', 'false')],
    },
  },
};
const equivalent = { file: 'src/record/b.ts', code: 'if (isDue)', replacement: 'false', reason: 'Never called.' };

it('shows the changed line and its replacement, each on one line', () => {
  expect(mutantsIn(report, [])[3]).toEqual({
    file: 'src/a.ts',
    position: { line: 2, column: 7 },
    code: 'if (isDue)',
    replacement: '{ x }',
    outcome: 'survived',
  });
});

it('counts failures, time-outs and modules that do not load as noticed, and leaves out the rest of the sample', () => {
  const scores = scoresOf(mutantsIn(report, [equivalent]));
  expect(scores).toEqual([
    { directory: 'src', noticed: 3, survived: 1, equivalent: 0, notRun: 0, percentage: 75 },
    { directory: 'src/record', noticed: 0, survived: 1, equivalent: 1, notRun: 1, percentage: 0 },
  ]);
});

it('lists equivalent mutants of code that exists', () => {
  const gone = EQUIVALENT.filter(({ file, code }) => !readFileSync(file, 'utf8').includes(code));
  expect(gone).toEqual([]);
});
