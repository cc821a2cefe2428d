/**
 * `npm run bench [-- --rows NAME,... --seconds N]` measures relays on both databases, and exits with code 1 if a figure
 * exceeds its limit. docs/performance.md shows the figures of an idle machine.
 */

import { parseArgs } from 'node:util';

import { startCluster } from '../harness/postgres-cluster.ts';
import { ROWS, type Bench } from './rows.ts';
import { scale } from './scale.ts';
import { startTargets } from './targets.ts';

const ALL_ROWS: typeof ROWS = { ...ROWS, scale };
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: Object.keys(ALL_ROWS).join() },
    seconds: { type: 'string', default: '9' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const cluster = await startCluster({ syncsDisk: true });
const targets = await startTargets();
let missed = 0;
for (const database of ['sqlite', 'postgres'] as const) {
  const report: Bench['report'] = (name, value, unit, atLeast = 0, atMost = Infinity) => {
    const isMissed = !(value >= atLeast && value <= atMost);
    if (isMissed) missed++;
    const text = `${value.toLocaleString('en', { maximumSignificantDigits: 4 })} ${unit}`;
    console.log(`${isMissed ? 'MISSED' : 'ok    '} ${database.padEnd(8)} ${name.padEnd(70)} ${text.padStart(14)}`);
  };
  const bench: Bench = { database, cluster, targets, seconds: Number(values.seconds), peakMb: 0, report };
  for (const row of values.rows.split(',')) {
    const measure = ALL_ROWS[row];
    if (!measure) throw new Error(`There is no row "${row}". The rows are ${Object.keys(ALL_ROWS).join(', ')}.`);
    await measure(bench);
  }
}
await cluster.remove();
console.log(
  missed === 0
    ? 'All values are within their limits.'
    : `${missed} limits are missed. Repeat the run on an idle machine.`,
);
process.exit(missed === 0 ? 0 : 1);
