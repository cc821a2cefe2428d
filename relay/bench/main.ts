/**
 * `npm run bench [-- --system sqlite,postgres,pg-boss --rows NAME,... --seconds N]` measures relays, with pg-boss for
 * comparison, and exits with code 1 if a limit is not kept. docs/performance.md shows the figures of an idle machine.
 */

import { parseArgs } from 'node:util';

import { startCluster } from '../harness/postgres-cluster.ts';
import { Rows, type Figure } from './rows.ts';
import { Targets } from './targets.ts';

const SYSTEMS = ['sqlite', 'postgres', 'pg-boss'] as const;
const ROWS = [
  'ingest',
  'serving',
  'backlog',
  'arrival',
  'busyArrival',
  'hanging',
  'slow',
  'restart',
  'takeOver',
  'largeBodies',
  'console',
] as const;
/** The rows that have a counterpart in pg-boss. */
const ROWS_OF_PG_BOSS: readonly string[] = ['ingest', 'backlog', 'busyArrival'];

const isKept = ({ value, atLeast = -Infinity, atMost = Infinity }: Figure): boolean =>
  value >= atLeast && value <= atMost;

/** Prints a figure with the verdict on it. */
function print(system: string, figure: Figure): void {
  const { name, value, unit, atLeast, atMost } = figure;
  const digits = value < 10 ? 2 : 0;
  const limit = atLeast === undefined ? (atMost === undefined ? '' : `at most ${atMost}`) : `at least ${atLeast}`;
  const text = `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`.trim();
  console.log(
    `${isKept(figure) ? 'ok    ' : 'MISSED'} ${system.padEnd(9)} ${name.padEnd(66)} ${text.padStart(12)}  ${limit}`,
  );
}

const { values } = parseArgs({
  options: {
    system: { type: 'string', default: SYSTEMS.join() },
    rows: { type: 'string', default: ROWS.join() },
    seconds: { type: 'string', default: '9' },
  },
});
process.once('SIGINT', () => process.exit(1));
process.once('SIGTERM', () => process.exit(1));
const cluster = await startCluster();
const targets = await Targets.start();
let missed = 0;
for (const system of SYSTEMS.filter((name) => values.system.split(',').includes(name))) {
  const rows = new Rows(system, cluster, targets, Number(values.seconds));
  for (const row of ROWS.filter((name) => values.rows.split(',').includes(name))) {
    if (system === 'pg-boss' && !ROWS_OF_PG_BOSS.includes(row)) continue;
    for (const { atLeast, atMost, ...figure } of await rows[row]()) {
      const limited = system === 'pg-boss' ? figure : { ...figure, atLeast, atMost };
      print(system, limited);
      if (!isKept(limited)) missed++;
    }
  }
  if (system === 'pg-boss') continue;
  const memory: Figure = { name: 'peak memory of all measurements', value: rows.peakMb, unit: 'MB', atMost: 250 };
  print(system, memory);
  if (!isKept(memory)) missed++;
}
await cluster.remove();
console.log(
  missed === 0 ? 'All limits are kept.' : `${missed} limits are not kept. Other jobs on this machine slow it down.`,
);
process.exit(missed === 0 ? 0 : 1);
