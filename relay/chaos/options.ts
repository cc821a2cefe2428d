/** The command-line arguments of `npm run chaos`. */

import { parseArgs } from 'node:util';

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

/** Invalid arguments. The message is one line for the user. */
export class BadArguments extends Error {}

function oneOf<T extends string>(all: readonly T[], option: string, text: string): T {
  const found = all.find((name) => name === text);
  if (found === undefined) throw new BadArguments(`--${option} must be one of ${all.join(', ')}, not "${text}".`);
  return found;
}

function numberBetween(min: number, max: number, option: string, text: string): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) {
    throw new BadArguments(`--${option} must be a number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '20' },
        store: { type: 'string' },
        'stop-seconds': { type: 'string', default: '60' },
        only: { type: 'string', default: SCENARIOS.join(',') },
      },
    }).values;
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
}

/** @throws {BadArguments} if an argument is unknown or invalid */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const rounds = numberBetween(1, 1000, 'rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new BadArguments('--rounds must be a whole number.');
  return {
    rounds,
    scenarios: new Set(values.only.split(',').map((name) => oneOf(SCENARIOS, 'only', name))),
    stores: new Set(values.store === undefined ? STORES : [oneOf(STORES, 'store', values.store)]),
    stopMs: numberBetween(10, 600, 'stop-seconds', values['stop-seconds']) * 1000,
  };
}
