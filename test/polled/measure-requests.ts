/**
 * `npm run requests`: polls each Zap alone, every minute and every 2 minutes for a day, and every 15 minutes for a week.
 * The command checks the runs of each Zap, and writes the table of requests in `docs/performance.md`. With the key of a
 * trigger as its argument, the command polls only the Zaps with this trigger, and writes nothing.
 */

import { readFileSync, writeFileSync } from 'node:fs';

import { format, resolveConfig } from 'prettier';

import { POLLED_LISTS } from '../../local/simulated-lists/all-lists.ts';
import { SIMULATED_DAY, WEEK } from '../../local/simulated-lists/simulated-time.ts';
import { table } from '../../scripts/field-tables.ts';
import { playZap } from './scenarios/played-zap.ts';

const PAGE = 'docs/performance.md';
const PLAYED = [
  { minutes: 1, time: SIMULATED_DAY },
  { minutes: 2, time: SIMULATED_DAY },
  { minutes: 15, time: WEEK },
];

const [only] = process.argv.slice(2);
const isWanted = ({ trigger }: { readonly trigger: string }) => only === undefined || trigger === only;

const rows: string[][] = [];
for (const list of POLLED_LISTS) {
  for (const zap of list.zaps.filter(isWanted)) {
    const cells = [zap.title];
    for (const { minutes, time } of PLAYED) {
      const { requestsPerHour, problems } = await playZap(list, zap, minutes, time);
      if (problems.length > 0) throw new Error(`${zap.title}, polls every ${minutes} min:\n${problems.join('\n')}`);
      cells.push(String(requestsPerHour));
    }
    console.log(cells.join(', '));
    rows.push(cells);
  }
}
if (only === undefined) {
  const lines = table(['Zap', 'Polls every minute', 'Every 2 minutes', 'Every 15 minutes'], rows);
  const text = readFileSync(PAGE, 'utf8').replace(
    /(?<=<!-- measured: requests -->\n)[^]*?(?=<!-- end -->)/,
    `\n${lines.join('\n')}\n\n`,
  );
  writeFileSync(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
  console.log(`Wrote ${PAGE}.`);
} else if (rows.length === 0) {
  throw new Error(`No Zap has a polled trigger with the key "${only}".`);
}
