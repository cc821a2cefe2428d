/** A mutant that behaves like the original code, so that no test can notice it. */
export interface EquivalentMutant {
  readonly file: string;
  /** The first line of the changed code, without indentation. */
  readonly code: string;
  /** The replacement as `npm run mutate` prints it. */
  readonly replacement: string;
  readonly reason: string;
}

/** Mutants that do not count in the scores of `npm run mutate`. */
export const EQUIVALENT: readonly EquivalentMutant[] = [];
