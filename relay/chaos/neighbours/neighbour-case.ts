/** The cases of the neighbours scenario: a fault of one channel, Zap, body, process or stranger may affect only itself. */

import type { NeighbourBed } from './neighbour-bed.ts';
import type { Report } from './report.ts';

/** Environment variables of a relay. */
export type Environment = Readonly<Record<string, string>>;

/** The set-up in which a case runs: one kind of store. */
export interface CaseContext {
  readonly store: 'SQLite' | 'PostgreSQL';
  /** True for CI: the loads are smaller, and the limits are the same. */
  readonly isShort: boolean;
  /** Creates a bed with an empty store. Relays are started by the case, with this environment. */
  readonly createBed: (environment?: Environment) => Promise<NeighbourBed>;
  readonly report: Report;
}

/**
 * The cases of a lane run beside those of the other lanes. Cases that mostly wait run all at once, those that check more
 * than they measure one after the other, and those that measure delays one after the other.
 */
export type Lane = 'waiting' | 'checked' | 'measured';

export interface NeighbourCase {
  /** Name on the command line. */
  readonly name: string;
  /** The stores that the case is about; default: both. */
  readonly store?: CaseContext['store'];
  /** The lane in which the case runs, beside cases of other lanes; default: `measured`. */
  readonly lane?: Lane;
  readonly run: (context: CaseContext) => Promise<void>;
}
