/**
 * `npm run bench [-- --system sqlite,postgres,pg-boss --rows NAME,... --seconds N]` measures relays, with pg-boss for
 * comparison, and exits with code 1 if a limit is not kept. docs/performance.md shows the figures of an idle machine.
 */

import { parseArgs } from 'node:util';

import { startCluster } from '../harness/postgres-cluster.ts';
import { Rows } from './rows.ts';
import { Targets } from './targets.ts';

/** The figures of each row: the description, the unit, and the smallest and the largest acceptable value. */
const ROWS = {
  ingest: [
    ['events stored, no Zap wants them', '/s'],
    ['the same as a share of a route that stores nothing', '%', 25],
  ],
  serving: [
    ['events stored, one of five Zaps wants each', '/s'],
    ['the same as a share of a route that stores nothing', '%', 20],
  ],
  backlog: [
    ['deliveries from a backlog, 1 channel with 5 Zaps', '/s', 10_000],
    ['deliveries from a backlog, 10 channels with 50 Zaps', '/s', 10_000],
  ],
  arrival: [
    ['sending to arrival, 5 events/s, median', 'ms', 0, 10],
    ['sending to arrival, 5 events/s, 99th percentile', 'ms', 0, 25],
    ['sending to arrival, 500 events/s to 5 Zaps, 99th percentile', 'ms', 0, 60],
  ],
  hanging: [
    ['latest arrival at a Zap beside 600 hanging ones in other channels', 'ms', 0, 1000],
    ['latest arrival at a Zap beside 150 of them in its channel', 'ms', 0, 1000],
  ],
  slow: [['deliveries to the slowest of 300 Zaps that take 200 ms', '/s', 4.75]],
  restart: [['SIGKILL to serving again, longest of 5', 'ms', 0, 1000]],
  takeOver: [['SIGKILL to delivering in a second process', 's', 0, 8]],
  largeBodies: [['response while 4 × 10 MB arrive, 99th percentile', 'ms', 0, 100]],
  console: [
    ['console list and counts, 100,000 of 1,000,000 deliveries', 'ms', 0, 200],
    ['database size per delivery beside its event', 'bytes', 0, 150],
  ],
  memory: [['peak memory of a relay in these measurements', 'MB', 0, 250]],
} satisfies Record<string, [name: string, unit: string, atLeast?: number, atMost?: number][]>;
type RowName = keyof typeof ROWS;

const ALL = Object.keys(ROWS) as RowName[];
const ROWS_OF: Readonly<Record<'sqlite' | 'postgres' | 'pg-boss', readonly RowName[]>> = {
  sqlite: ALL,
  postgres: ALL,
  'pg-boss': ['ingest', 'backlog', 'arrival'],
};

const { values } = parseArgs({
  options: {
    system: { type: 'string', default: Object.keys(ROWS_OF).join() },
    rows: { type: 'string', default: ALL.join() },
    seconds: { type: 'string', default: '9' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const cluster = await startCluster();
const targets = await Targets.start();
let missed = 0;
for (const system of ['sqlite', 'postgres', 'pg-boss'] as const) {
  if (!values.system.split(',').includes(system)) continue;
  const rows = new Rows(system, cluster, targets, Number(values.seconds));
  for (const row of ROWS_OF[system].filter((name) => values.rows.split(',').includes(name))) {
    for (const [index, value] of (await rows[row]()).entries()) {
      const [name = '', unit = '', atLeast = 0, atMost = Infinity] = ROWS[row][index] ?? [];
      const isMissed = system !== 'pg-boss' && !(value >= atLeast && value <= atMost);
      if (isMissed) missed++;
      const text = `${value.toLocaleString('en', { maximumSignificantDigits: 4 })} ${unit}`;
      console.log(`${isMissed ? 'MISSED' : 'ok    '} ${system.padEnd(9)} ${name.padEnd(66)} ${text.padStart(14)}`);
    }
  }
}
await cluster.remove();
console.log(missed === 0 ? 'All limits are kept.' : `${missed} limits are not kept. Is this machine idle?`);
process.exit(missed === 0 ? 0 : 1);
