/** The measurements of a case. Each is printed with its limit, and the run fails if a limit is exceeded. */

import { check } from '../checks.ts';

/**
 * Maximum number of attempts at a measurement that a busy machine may distort. All results are printed, and the best
 * counts.
 */
const MAX_TRIES = 6;
/** Factor by which a figure may exceed its limit because of a busy machine. A larger deviation fails at once. */
const HOPELESS = 20;

/** The limit of a measurement. */
export interface Limit {
  /** Description of the measured figure. */
  readonly what: string;
  /**
   * The largest figure allowed, or the smallest if {@link isMinimum} is true. Limits in milliseconds are scaled up on
   * slower machines.
   */
  readonly limit: number;
  readonly unit: string;
  readonly isMinimum?: boolean;
}

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 1 : 0));

/** The report of one case on one store. */
export class Report {
  readonly #prefix: string;
  readonly #slowness: number;

  /**
   * @param prefix - the store and the name of the case
   * @param slowness - factor by which limits in milliseconds are raised
   */
  constructor(prefix: string, slowness: number) {
    this.#prefix = prefix;
    this.#slowness = slowness;
  }

  /** Returns a limit for the speed of this machine. */
  #onThisMachine(limit: Limit): Limit {
    return limit.unit === 'ms' ? { ...limit, limit: Math.round(limit.limit * this.#slowness) } : limit;
  }

  /** Records a condition. */
  holds(isTrue: boolean, description: string): void {
    check(isTrue, `${this.#prefix}: ${description}`);
  }

  /** Records a figure. */
  measured(value: number, limit: Limit): void {
    this.#print([value], this.#onThisMachine(limit));
  }

  /** Measures a figure up to six times, until it is within the limit. Prints all results and uses the best. */
  async best(figure: Limit, measure: () => Promise<number>): Promise<void> {
    const limit = this.#onThisMachine(figure);
    const values: number[] = [];
    for (let isOver = false; !isOver;) {
      const value = await measure();
      values.push(value);
      const isHopeless = !this.#isWithin(value, {
        ...limit,
        limit: limit.limit * (limit.isMinimum ? 1 / HOPELESS : HOPELESS),
      });
      isOver = this.#isWithin(value, limit) || isHopeless || values.length === MAX_TRIES;
    }
    this.#print(values, limit);
  }

  #isWithin(value: number, { limit, isMinimum = false }: Limit): boolean {
    return isMinimum ? value >= limit : value <= limit;
  }

  #print(values: readonly number[], limit: Limit): void {
    const { what, unit, isMinimum = false } = limit;
    const best = isMinimum ? Math.max(...values) : Math.min(...values);
    const all = values.length > 1 ? `, of ${values.map(shown).join(', ')}` : '';
    const bound = `${isMinimum ? 'at least' : 'at most'} ${limit.limit}`;
    const isPassed = values.some((value) => this.#isWithin(value, limit));
    check(isPassed, `${this.#prefix}: ${what}: ${shown(best)} ${unit} (${bound}${all})`);
  }
}
