/**
 * The cases of the neighbours scenario: a fault in one channel, Zap, body or process, or caused by a stranger, must not
 * affect others.
 */

import type { NeighbourBed } from './neighbour-bed.ts';
import type { Report } from './report.ts';

/** Environment variables of a relay. */
export type Environment = Readonly<Record<string, string>>;

/** The environment of a case: one kind of store. */
export interface CaseContext {
  readonly store: 'SQLite' | 'PostgreSQL';
  /** True in CI: the loads are smaller, but the limits are the same. */
  readonly isShort: boolean;
  /** Creates a bed with an empty store. The case starts relays with this environment. */
  readonly createBed: (environment?: Environment) => Promise<NeighbourBed>;
  readonly report: Report;
}

/**
 * The lane of a case. Lanes run concurrently. In the lane of cases that mostly wait, the cases run concurrently. In the
 * lanes of cases that check behaviour or measure delays, they run one after another.
 */
export type Lane = 'waiting' | 'checked' | 'measured';

export interface NeighbourCase {
  /** Name on the command line. */
  readonly name: string;
  /** The stores on which the case runs; default: both. */
  readonly store?: CaseContext['store'];
  /** The lane in which the case runs; default: `measured`. */
  readonly lane?: Lane;
  readonly run: (context: CaseContext) => Promise<void>;
}
