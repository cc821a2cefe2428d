/** The verdicts on assumptions. Several observations of the same assumption are combined into one verdict. */

import { readAssumptions, type Assumption } from './fact-sheet.ts';
import { harmOf, type Harm } from './harm.ts';

/** The possible verdicts. `unknown` means that no record of the account confirms or contradicts the assumption. */
export type Verdict = 'holds' | 'differs' | 'unknown';

/** The verdict on an assumption. */
export interface Finding extends Assumption {
  readonly verdict: Verdict;
  /** The lists, filters and fields in which the account contradicts the assumption. */
  readonly differences: readonly string[];
  /** The parts of the app that would send wrong data or lose an event because of the difference. */
  readonly harm: Harm;
}

/** Returns true if a difference would cause the app to send wrong data or to lose an event. */
export const isHarmful = ({ verdict, harm }: Finding): boolean =>
  verdict === 'differs' && (harm === 'everything' || harm.length > 0);

/** Collects observations. */
export class Findings {
  readonly #assumptions = readAssumptions();
  readonly #observed = new Map<string, { isMet: boolean | null; differences: Set<string> }>();

  /**
   * Adds an observation.
   *
   * @param name - the assumption
   * @param isMet - true if the account meets the assumption; null if the account neither confirms nor contradicts the
   * assumption
   * @param where - the list, filter or field that was observed, in TutorCruncher's words
   * @throws {Error} if the fact sheet has no such assumption
   */
  add(name: string, isMet: boolean | null, where: string): void {
    if (!this.#assumptions.has(name)) throw new Error(`docs/tutorcruncher.md has no row "${name}".`);
    const known = this.#observed.get(name) ?? { isMet: null, differences: new Set<string>() };
    if (isMet === false) known.differences.add(where);
    known.isMet = isMet === null ? known.isMet : (known.isMet ?? true) && isMet;
    this.#observed.set(name, known);
  }

  /** Returns the verdicts in the order of the fact sheet. */
  get all(): Finding[] {
    return [...this.#assumptions.values()].flatMap((assumption) => {
      const observed = this.#observed.get(assumption.name);
      if (!observed) return [];
      const { isMet, differences } = observed;
      const verdict = isMet === null ? 'unknown' : isMet ? 'holds' : 'differs';
      const places = [...differences];
      return [{ ...assumption, verdict, differences: places, harm: harmOf(assumption.name, places) }];
    });
  }
}

/** Returns the line that is printed for a verdict. */
export function lineOf(finding: Finding): string {
  const { name, file, verdict, differences, consequence } = finding;
  if (verdict === 'holds') return `holds    ${name} (${file})`;
  if (verdict === 'unknown') return `unknown  ${name} (${file}): no such record`;
  const effect = isHarmful(finding) ? `Zaps would fail, send wrong data or lose events. ${consequence}` : consequence;
  return `differs  ${name} (${file}): ${differences.join(', ')}. ${effect}`;
}
