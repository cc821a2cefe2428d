/**
 * `npm run chaos [-- --database sqlite|postgres --faults N --seed N]` breaks relays under load and checks that every
 * acknowledged event arrives unchanged and in order. docs/chaos.md describes the faults and the checks.
 */

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { until } from '../harness/until.ts';
import { createRandom, faultsOf, stopCleanly, type Fault, type Random } from './faults.ts';
import { startTestBed, type Database, type TestBed } from './test-bed.ts';
import { failedChecks, printZaps } from './verdict.ts';
import type { Zap } from './zaps.ts';

/**
 * Time limit for the events of a fault to arrive at the healthy Zap, in milliseconds. The limit only ends runs that
 * hang, so it is long enough for busy machines.
 */
const RECOVERY_MS = 180_000;
/** Time limit for the events to arrive at the Zaps that fail at times, in milliseconds. */
const DRAIN_MS = 120_000;

/** Returns true if a Zap has accepted all events of its account that must arrive. */
function hasArrived({ accepted, sender }: Zap): boolean {
  let lost = 0;
  for (const id of sender.mayBeLost) if (!accepted.has(id)) lost++;
  return sender.isAcknowledged() && accepted.size + lost >= sender.events.size;
}

/**
 * Causes a fault under load. Returns a line for the log.
 *
 * @throws {Error} if the relays do not recover from the fault
 */
async function runFault(bed: TestBed, fault: Fault, random: Random): Promise<string> {
  const { senders, zaps } = bed;
  const countEvents = () => senders.reduce((sum, { events }) => sum + events.size, 0);
  const before = countEvents();
  const stopping = new AbortController();
  const sending = Promise.all(senders.map((sender) => sender.run(stopping.signal)));
  await sleep(random.between(300, 1_000));
  const description = await fault(bed, random);
  const mended = performance.now();
  await sleep(500);
  stopping.abort();
  await sending;
  await until(() => [zaps.healthy, zaps.ofOtherChannel].every(hasArrived), RECOVERY_MS);
  const recovery = ((performance.now() - mended) / 1000).toFixed(1);
  return `${description}; ${countEvents() - before} events, all arrived ${recovery} s later`;
}

/** Runs a number of faults on one database. Returns the failed checks. */
async function runChaos(database: Database, count: number, seed: number): Promise<string[]> {
  const random = createRandom(seed);
  const bed = await startTestBed(database);
  const failures: string[] = [];
  try {
    let kinds: Fault[] = [];
    for (let number = 1; number <= count && failures.length === 0; number++) {
      // Every kind of fault occurs once before any kind is repeated.
      if (kinds.length === 0) kinds = [...faultsOf(bed)];
      const fault = random.pick(kinds);
      kinds = kinds.filter((kind) => kind !== fault);
      try {
        console.log(`${database} ${number}/${count}: ${await runFault(bed, fault, random)}`);
      } catch (error) {
        failures.push(`fault ${number}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    await until(() => bed.zaps.live.every(hasArrived), DRAIN_MS).catch(() => undefined);
    for (const relay of bed.relays) await stopCleanly(relay).catch((error: unknown) => failures.push(String(error)));
    printZaps(database, bed);
    failures.push(...failedChecks(bed, count));
    if (failures.length > 0) console.log(`The end of the log of the relays:\n${bed.log()}`);
    return failures.map((failure) => `${database}, ${failure}`);
  } finally {
    await bed.remove();
  }
}

const { values } = parseArgs({
  options: { database: { type: 'string' }, faults: { type: 'string', default: '40' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(1_000_000));
const count = Number(values.faults);
const databases = (['sqlite', 'postgres'] as const).filter((name) => (values.database ?? name) === name);
if (!Number.isInteger(seed) || !Number.isInteger(count) || count < 1 || databases.length === 0) {
  console.error('Usage: npm run chaos -- [--database sqlite|postgres] [--faults NUMBER] [--seed NUMBER]');
  process.exit(1);
}
console.log(`To repeat these faults, add --seed ${seed}.`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const failures = (await Promise.all(databases.map((database) => runChaos(database, count, seed)))).flat();
console.log(failures.length === 0 ? '\nAll checks passed.' : `\nFAILED:\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
