/** The choice of tests and the scores of `npm run mutate`, and its list of equivalent mutants. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { EQUIVALENT } from '../scripts/mutation/equivalent-mutants.ts';
import ExecutedCodeReporter, { executedCode, type TestFile } from '../scripts/mutation/executed-code.ts';
import { nearestTestFiles, textOfTests, wordsIn } from '../scripts/mutation/nearest-test-files.ts';
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
      mutants: [{ ...mutant('Survived'), testsCompleted: 0 }, mutant('Survived'), mutant('Survived', 'false')],
    },
  },
};
const equivalent = {
  file: 'src/record/b.ts',
  code: 'if (isDue)',
  original: 'isDue',
  replacement: 'false',
  reason: 'Never called.',
};

it('shows the changed line and its replacement, each on one line', () => {
  expect(mutantsIn(report, [])[3]).toEqual({
    file: 'src/a.ts',
    position: { line: 2, column: 7 },
    code: 'if (isDue)',
    original: 'isDue',
    replacement: '{ x }',
    outcome: 'survived',
  });
});

it('shows replaced code of several lines on one line', () => {
  const location = { start: { line: 2, column: 3 }, end: { line: 3, column: 9 } };
  const files = { 'src/a.ts': { source: SOURCE, mutants: [{ status: 'Killed', replacement: '{}', location }] } };
  expect(mutantsIn({ files }, [])).toMatchObject([{ code: 'if (isDue)', original: 'if (isDue) send' }]);
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

/** Returns V8's coverage of a function. `ranges`: start, end and count of the function and its blocks. */
const functionCoverage = (functionName: string, ...ranges: [number, number, number][]): Profiler.FunctionCoverage => ({
  functionName,
  isBlockCoverage: true,
  ranges: ranges.map(([startOffset, endOffset, count]) => ({ startOffset, endOffset, count })),
});

describe('executed code', () => {
  it('leaves out functions and blocks that are not executed', () => {
    const functions = [
      functionCoverage('', [0, 100, 1]),
      functionCoverage('executed', [10, 40, 3], [20, 30, 0]),
      functionCoverage('not executed', [50, 60, 0]),
    ];
    expect(executedCode(functions, 100)).toEqual({ executed: [0, 20, 30, 50, 60, 100] });
  });

  it('is empty for a module that is not loaded', () => {
    expect(executedCode([], 100)).toEqual({ executed: [] });
  });

  it('is measured in the modules of the product, for each test file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'executed-code-'));
    const file = join(folder, 'files.jsonl');
    try {
      const reporter = new ExecutedCodeReporter({ rootDir: process.cwd() }, { file });
      const script = (path: string) => {
        const url = join(process.cwd(), path);
        return { result: { scriptId: '1', url, functions: [functionCoverage('first', [0, 5, 1])] } };
      };
      const v8Coverage = [script('src/once.ts'), script('test/helpers.ts'), script('relay/test/fake-clock.ts')];
      reporter.onTestResult({ path: join(process.cwd(), 'test/a.test.ts') }, { numFailingTests: 0, v8Coverage });
      reporter.onTestResult({ path: join(process.cwd(), 'test/b.test.ts') }, { numFailingTests: 1 });
      reporter.onTestResult(
        { path: join(process.cwd(), 'test/c.test.ts') },
        { numFailingTests: 0, testExecError: { message: 'No module' } },
      );
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      const testFiles = Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, TestFile]));
      expect(testFiles).toEqual({
        'test/a.test.ts': expect.objectContaining({
          hasFailed: false,
          sources: { 'src/once.ts': { executed: [0, 5] } },
        }),
        'test/b.test.ts': expect.objectContaining({ hasFailed: true }),
        'test/c.test.ts': expect.objectContaining({ hasFailed: true }),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('test files for a mutant', () => {
  const code = 'const isDue = (invoice: Invoice) => invoice.date < today;'.padStart(1000).padEnd(2000);
  const position = { source: 'src/record/a.ts', code, offset: 980 };
  const testFile = (executed: readonly number[] = [0, 2000]): TestFile => ({
    measuredAt: 0,
    hasFailed: false,
    sources: { 'src/record/a.ts': { executed } },
  });
  /** Returns the nearest of the test files, given with their texts. */
  const nearest = (files: Readonly<Record<string, readonly [text: string, file: TestFile]>>): string[] => {
    const words = Object.entries(files).map(([path, [text]]) => [path, wordsIn(text)] as const);
    const testFiles = Object.entries(files).map(([path, [, file]]) => [path, file] as const);
    return nearestTestFiles(Object.fromEntries(testFiles), new Map(words), position);
  };

  it('are those that execute its position', () => {
    const files = {
      executes: ['invoice', testFile()],
      'executes something else': ['invoice', testFile([0, 980, 981, 2000])],
      failed: ['invoice', { ...testFile(), hasFailed: true }],
      'loads other modules': ['invoice', { ...testFile(), sources: {} }],
    } as const;
    expect(nearest(files)).toEqual(['executes']);
  });

  it('have rare words in common with the code around it', () => {
    const files = {
      unrelated: ['lesson', testFile()],
      'common word': ['today', testFile()],
      'common word again': ['today lesson', testFile()],
      'common word in a longer text': ['today lesson lesson', testFile()],
      'rare word': ['invoices', testFile()],
      'rare word in a long text': [`${'lesson '.repeat(5000)} invoices`, testFile()],
    } as const;
    expect(nearest(files)).toEqual([
      'rare word',
      'common word',
      'common word again',
      'common word in a longer text',
      'rare word in a long text',
      'unrelated',
    ]);
  });

  it('have the words of the imported modules that contain tests', () => {
    const globals = (names: string) => `import { ${names} } from '@jest/globals';\n`;
    const files: Readonly<Record<string, string>> = {
      'test/a.test.ts': `import { contract } from './contract.ts';\nimport { bed } from './bed.ts';\n`,
      'test/contract.ts': `${globals('describe')}import { results } from './contract/results.ts';\n`,
      'test/contract/results.ts': `${globals('expect, it')}invoices`,
      'test/bed.ts': `${globals('expect')}lessons`,
    };
    const text = textOfTests('test/a.test.ts', (file) => files[file] ?? '');
    expect([text.includes('invoices'), text.includes('lessons')]).toEqual([true, false]);
  });

  it('execute most of the code around it', () => {
    const files = { half: ['invoice', testFile([980, 2000])], all: ['invoice', testFile()] } as const;
    expect(nearest({ ...files, unrelated: ['', testFile()] })).toEqual(['all', 'half', 'unrelated']);
  });

  it('are in the directory of its tests', () => {
    const files = {
      'test/a.test.ts': ['invoice', testFile()],
      'test/record/b.test.ts': ['invoice', testFile()],
      'test/c.test.ts': ['', testFile()],
    } as const;
    expect(nearest(files)[0]).toBe('test/record/b.test.ts');
  });

  it('are at most sixteen', () => {
    const files = Array.from({ length: 20 }, (_, index) => [`file ${index}`, ['', testFile()] as const] as const);
    expect(nearest(Object.fromEntries(files))).toHaveLength(16);
  });
});
