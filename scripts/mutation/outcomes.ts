/** The outcomes of mutants, read from Stryker's report. */

import { dirname } from 'node:path';

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The parts of Stryker's report that this module reads. */
export interface Report {
  readonly files: Readonly<Record<string, ReportedFile>>;
}
interface ReportedFile {
  readonly source: string;
  readonly mutants: readonly ReportedMutant[];
}
interface ReportedMutant {
  readonly location: { readonly start: Position; readonly end: Position };
  readonly replacement?: string;
  readonly status: string;
  /** Number of tests that ran; absent if the run ended without results, such as after a timeout. */
  readonly testsCompleted?: number;
}

/** A mutant that behaves like the original code, so that no test can notice it. */
export interface EquivalentMutant {
  readonly file: string;
  /** The first line of the changed code, without indentation. */
  readonly code: string;
  /** The replaced part of the code as `npm run mutate` prints it. */
  readonly original: string;
  /** The replacement as `npm run mutate` prints it. */
  readonly replacement: string;
  readonly reason: string;
}

/** A mutant of the sample. */
export interface Mutant {
  readonly file: string;
  readonly position: Position;
  /** The first line of the changed code, without indentation. */
  readonly code: string;
  /** The replaced part of the code. */
  readonly original: string;
  readonly replacement: string;
  /**
   * `noticed`: a test failed or hung. `survived`: all tests passed. `not run`: no test of the run executes the code.
   * `equivalent`: survived, and is listed as an `EquivalentMutant`.
   */
  readonly outcome: 'noticed' | 'survived' | 'not run' | 'equivalent';
}

/** Outcomes by Stryker's status. A mutant that breaks the loading of its module is a `RuntimeError`. */
const OUTCOMES: ReadonlyMap<string, Mutant['outcome']> = new Map([
  ['Killed', 'noticed'],
  ['Timeout', 'noticed'],
  ['RuntimeError', 'noticed'],
  ['Survived', 'survived'],
]);

const onOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

/**
 * Returns the mutants of the sample. The checker gives the other mutants a status of their own.
 * @param equivalents - the mutants that count as equivalent if they survive
 */
export function mutantsIn({ files }: Report, equivalents: readonly EquivalentMutant[]): Mutant[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.flatMap(({ status, testsCompleted, location: { start, end }, replacement = '' }): Mutant[] => {
      const outcome = testsCompleted === 0 && status === 'Survived' ? 'not run' : OUTCOMES.get(status);
      if (outcome === undefined) return [];
      const code = onOneLine(lines[start.line - 1] ?? '');
      const replaced = lines.slice(start.line - 1, end.line).join('\n');
      const afterEnd = (lines[end.line - 1] ?? '').length - (end.column - 1);
      const original = onOneLine(replaced.slice(start.column - 1, replaced.length - afterEnd));
      const mutant: Mutant = { file, position: start, code, original, replacement: onOneLine(replacement), outcome };
      const isEquivalent = equivalents.some((listed) =>
        (['file', 'code', 'original', 'replacement'] as const).every((key) => listed[key] === mutant[key]),
      );
      return [outcome === 'survived' && isEquivalent ? { ...mutant, outcome: 'equivalent' } : mutant];
    });
  });
}

/** The share of the mutants of a directory that a test notices. */
export interface Score {
  readonly directory: string;
  readonly noticed: number;
  readonly survived: number;
  readonly equivalent: number;
  readonly notRun: number;
  /** Percentage of the noticed mutants among the mutants that are run and not equivalent. */
  readonly percentage: number;
}

/** Returns the scores of the directories of mutants. */
export function scoresOf(mutants: readonly Mutant[]): Score[] {
  return [...Map.groupBy(mutants, ({ file }) => dirname(file))].map(([directory, own]) => {
    const count = (outcome: Mutant['outcome']): number => own.filter((mutant) => mutant.outcome === outcome).length;
    const noticed = count('noticed');
    const survived = count('survived');
    return {
      directory,
      noticed,
      survived,
      equivalent: count('equivalent'),
      notRun: count('not run'),
      percentage: Math.round((100 * noticed) / Math.max(1, noticed + survived)),
    };
  });
}
