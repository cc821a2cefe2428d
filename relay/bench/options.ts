/** The command-line arguments of `npm run bench:relay`. */

import { parseArgs } from 'node:util';

import { oneOf, parseOrRefuse, wholeNumberBetween } from '../harness/command-line.ts';

const MEASURES = [
  'ceiling',
  'ingest',
  'serving',
  'steady',
  'arrival',
  'zaps',
  'drain',
  'restart',
  'scale',
  'subjects',
  'host',
  'pgboss',
] as const;
const STORES = ['sqlite', 'postgres'] as const;

export type Measure = (typeof MEASURES)[number];
export type StoreName = (typeof STORES)[number];

export interface Options {
  readonly measures: ReadonlySet<Measure>;
  readonly stores: readonly StoreName[];
  /** Duration of a load, without the warm-up. */
  readonly seconds: number;
  /** True if the run fails when a goal is missed. */
  readonly areGoalsRequired: boolean;
}

/** @throws {BadArguments} if an argument is unknown or invalid */
export function readOptions(args: string[]): Options {
  const { values } = parseOrRefuse(() =>
    parseArgs({
      args,
      options: {
        only: { type: 'string', default: MEASURES.join(',') },
        store: { type: 'string' },
        seconds: { type: 'string', default: '8' },
        'figures-only': { type: 'boolean', default: false },
      },
    }),
  );
  return {
    measures: new Set(values.only.split(',').map((name) => oneOf(MEASURES, 'only', name))),
    stores: values.store === undefined ? STORES : [oneOf(STORES, 'store', values.store)],
    seconds: wholeNumberBetween(1, 600, 'seconds', values.seconds),
    areGoalsRequired: !values['figures-only'],
  };
}
