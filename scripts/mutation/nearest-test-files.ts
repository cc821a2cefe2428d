/** The choice of test files for a mutant, by the words that a test file and the code around the mutant have in common. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { TestFiles } from './executed-code.ts';

/** Largest number of test files that run for a mutant. */
const MOST_FILES = 16;

/** Number of characters before and after a mutant whose words and executed code are compared. */
const SURROUNDINGS = 300;

/** Number of letters that identify a word, so that "address" and "addresses" are the same word. */
const STEM = 6;

/** Number of words of a test file of ordinary length. A word that a longer file contains counts less. */
const ORDINARY_LENGTH = 400;

/** The words of a test file. */
export interface Words {
  /** Number of occurrences of each word. */
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Returns the words of a text. The parts of a name in `camelCase` are separate words. */
export function wordsIn(text: string): Words {
  const all = [...text.matchAll(/[A-Z]?[a-z]{3,}/g)].map(([word]) => word.toLowerCase().slice(0, STEM));
  const counts = new Map<string, number>();
  for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, length: all.length };
}

/**
 * Returns the text of a test file with the texts of the modules that it imports and that contain tests, such as tests that
 * run with each database.
 * @param read - reads a file
 */
export function textOfTests(path: string, read = (file: string) => readFileSync(file, 'utf8')): string {
  const text = read(path);
  const imported = [...text.matchAll(/^import .* from '(\..*\.ts)';$/gm)].map(([, file = '']) =>
    join(dirname(path), file),
  );
  const withTests = imported.filter((file) =>
    /^import .*\b(?:describe|it)\b.* from '@jest\/globals';$/m.test(read(file)),
  );
  return [text, ...withTests.map((file) => textOfTests(file, read))].join('\n');
}

/** Returns the number of executed characters between two offsets. */
function executedBetween(executed: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let index = 0; index < executed.length; index += 2) {
    const [start = to, end = to] = executed.slice(index, index + 2);
    sum += Math.max(0, Math.min(end, to) - Math.max(start, from));
  }
  return sum;
}

/** Returns true if a test file is in the directory that has the tests of a source file. */
const isBeside = (testFile: string, source: string): boolean =>
  source.startsWith('relay/')
    ? testFile.startsWith('relay/')
    : dirname(testFile) === join('test', dirname(source).replace(/^src/, ''));

/** The position of a mutant. */
export interface MutantPosition {
  /** Path of the source file. */
  readonly source: string;
  /** Text of the source file. */
  readonly code: string;
  readonly offset: number;
}

/**
 * Returns the test files that execute the position of a mutant. The first files contain most words of the code around the
 * mutant, and execute most of this code. Words that few of the test files contain count more.
 * @param words - the words of each test file, by its path
 */
export function nearestTestFiles(
  testFiles: TestFiles,
  words: ReadonlyMap<string, Words>,
  { source, code, offset }: MutantPosition,
): string[] {
  const from = Math.max(0, offset - SURROUNDINGS);
  const to = offset + SURROUNDINGS;
  const candidates = Object.entries(testFiles).flatMap(([path, { hasFailed, sources }]) => {
    const executed = sources[source]?.executed ?? [];
    if (hasFailed || executedBetween(executed, offset, offset + 1) === 0) return [];
    return [{ path, own: words.get(path) ?? wordsIn(''), executed: executedBetween(executed, from, to) }];
  });
  const wanted = [...wordsIn(code.slice(from, to)).counts.keys()].map((word) => {
    const having = candidates.filter(({ own }) => own.counts.has(word)).length;
    return { word, weight: Math.log((candidates.length + 1) / (having + 1)) };
  });
  const ranked = candidates.map(({ path, own, executed }) => {
    const weights = wanted.map(({ word, weight }) => {
      const count = own.counts.get(word) ?? 0;
      // Each further occurrence of a word counts less.
      return (weight * count) / (count + Math.max(1, own.length) / ORDINARY_LENGTH);
    });
    const similarity = weights.reduce((sum, weight) => sum + weight, 0);
    return { path, relevance: similarity * executed * (isBeside(path, source) ? 2 : 1) };
  });
  return ranked
    .sort((one, other) => other.relevance - one.relevance)
    .slice(0, MOST_FILES)
    .map(({ path }) => path);
}
