/** The command-line arguments of `npm run chaos`. */

import { parseArgs } from 'node:util';

import { ALL_CASES } from './neighbours/all-cases.ts';
import type { NeighbourCase } from './neighbours/neighbour-case.ts';
import { numberBetween, oneOf, parseOrRefuse, wholeNumberBetween } from '../harness/command-line.ts';

const SCENARIOS = ['kill', 'restart', 'expire', 'stop', 'neighbours'] as const;
const STORES = ['sqlite', 'postgres'] as const;

export type Scenario = (typeof SCENARIOS)[number];
type StoreName = (typeof STORES)[number];

export interface Options {
  /** Number of times that each scenario causes its failure. */
  readonly rounds: number;
  readonly scenarios: ReadonlySet<Scenario>;
  readonly stores: ReadonlySet<StoreName>;
  /** Time for which the `stop` scenario suspends a process, in milliseconds. */
  readonly stopMs: number;
  /** Cases of the `neighbours` scenario. */
  readonly cases: readonly NeighbourCase[];
  /** True to scale down the loads of the `neighbours` scenario. */
  readonly isShort: boolean;
}

/** @throws {BadArguments} if a name is not the name of a case */
function casesFrom(names: string | undefined): readonly NeighbourCase[] {
  if (names === undefined) return ALL_CASES;
  const known = ALL_CASES.map(({ name }) => name);
  const chosen = new Set(names.split(',').map((name) => oneOf(known, 'cases', name)));
  return ALL_CASES.filter(({ name }) => chosen.has(name));
}

/** @throws {BadArguments} if an argument is unknown or invalid */
export function readOptions(args: string[]): Options {
  const { values } = parseOrRefuse(() =>
    parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: '20' },
        store: { type: 'string' },
        'stop-seconds': { type: 'string', default: '60' },
        only: { type: 'string', default: SCENARIOS.join(',') },
        cases: { type: 'string' },
        short: { type: 'boolean', default: false },
      },
    }),
  );
  return {
    rounds: wholeNumberBetween(1, 1000, 'rounds', values.rounds),
    scenarios: new Set(values.only.split(',').map((name) => oneOf(SCENARIOS, 'only', name))),
    stores: new Set(values.store === undefined ? STORES : [oneOf(STORES, 'store', values.store)]),
    stopMs: numberBetween(10, 600, 'stop-seconds', values['stop-seconds']) * 1000,
    cases: casesFrom(values.cases),
    isShort: values.short,
  };
}
