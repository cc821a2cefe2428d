/** The command-line arguments of `npm run chaos`. */

import { parseArgs } from 'node:util';

import { numberBetween, oneOf, parseOrRefuse, wholeNumberBetween } from '../harness/command-line.ts';

const SCENARIOS = ['kill', 'restart', 'expire', 'stop'] as const;
const STORES = ['sqlite', 'postgres'] as const;

export type Scenario = (typeof SCENARIOS)[number];
type StoreName = (typeof STORES)[number];

export interface Options {
  /** Number of times that each scenario repeats its failure. */
  readonly rounds: number;
  readonly scenarios: ReadonlySet<Scenario>;
  readonly stores: ReadonlySet<StoreName>;
  /** Time for which the `stop` scenario stops a process, in milliseconds. */
  readonly stopMs: number;
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
      },
    }),
  );
  return {
    rounds: wholeNumberBetween(1, 1000, 'rounds', values.rounds),
    scenarios: new Set(values.only.split(',').map((name) => oneOf(SCENARIOS, 'only', name))),
    stores: new Set(values.store === undefined ? STORES : [oneOf(STORES, 'store', values.store)]),
    stopMs: numberBetween(10, 600, 'stop-seconds', values['stop-seconds']) * 1000,
  };
}
