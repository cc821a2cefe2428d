/** The verdicts on assumptions. Several observations of one assumption make one verdict. */

import { readAssumptions, type Assumption } from './fact-sheet.ts';

/** Unknown: the account has no record that shows it. */
export type Verdict = 'holds' | 'differs' | 'unknown';

/** The verdict on an assumption. */
export interface Finding extends Assumption {
  readonly verdict: Verdict;
  /** The lists, filters and fields in which the account differs. */
  readonly differences: readonly string[];
  /** True if the difference would send wrong data or lose an event. */
  readonly isHarmful: boolean;
}

/** The assumptions without which Zaps send wrong data or lose events. The app notices or tolerates all other differences. */
export const HARMFUL: ReadonlySet<string> = new Set([
  'delivery.signature',
  'delivery.events',
  'delivery.timestamp',
  'events.models',
  'events.actions',
  'events.custom-fields',
  'events.lesson-once',
  'events.numbers',
  'events.statuses',
  'api.branch',
  'lists.envelope',
  'lists.page-size',
  'lists.newest-first',
  'lists.sent-first',
  'lists.rows-needed',
  'lists.rows-tasks',
  'filters.email',
  'filters.lessons',
  'filters.start',
  'details.fields',
  'details.times',
  'details.ids',
  'writes.auto-charge',
  'writes.charge-types',
]);

/** Collects observations. */
export class Findings {
  readonly #assumptions = readAssumptions();
  readonly #observed = new Map<string, { isMet: boolean | null; differences: Set<string> }>();

  /**
   * Adds an observation.
   *
   * @param name - the assumption
   * @param isMet - null if the account does not show it
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
      return [{ ...assumption, verdict, differences: [...differences], isHarmful: HARMFUL.has(assumption.name) }];
    });
  }
}

/** Returns the line that is printed for a verdict. */
export function lineOf({ name, file, verdict, differences, consequence, isHarmful }: Finding): string {
  if (verdict === 'holds') return `holds    ${name} (${file})`;
  if (verdict === 'unknown') return `unknown  ${name} (${file}): no such record`;
  const effect = isHarmful ? `Zaps would send wrong data or lose events. ${consequence}` : consequence;
  return `differs  ${name} (${file}): ${differences.join(', ')}. ${effect}`;
}
