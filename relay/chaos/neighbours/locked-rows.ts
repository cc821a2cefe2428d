/** Rows of one channel that another session of the database has locked. */

import pg from 'pg';

import { CHANNEL_PATH } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

const MAX_DELAY_MS = 100;
const MAX_ARRIVAL_MS = 1_000;
/** Number of webhooks that wait for the lock. It exceeds the number of connections of a process. */
const BLOCKED_POSTS = 30;
const HOLD_MS = 8 * SECOND;
const SHORT_HOLD_MS = 2 * SECOND;

const LOCKS: Readonly<Record<string, string>> = {
  'row of the channel': 'SELECT 1 FROM channels WHERE channel = $1 FOR UPDATE',
  'rows of its subscriptions':
    'SELECT 1 FROM subscriptions WHERE channel_id = (SELECT id FROM channels WHERE channel = $1) FOR UPDATE',
  'rows of its deliveries':
    'SELECT 1 FROM deliveries WHERE channel_id = (SELECT id FROM channels WHERE channel = $1) FOR UPDATE',
};

/** Runs a function while another session holds a lock. */
async function whileLocked(databaseUrl: string, statement: string, channel: BedChannel, act: () => Promise<void>) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query(statement, [channel.id]);
    if (!rowCount) throw new Error('There is no row to lock.');
    await act();
  } finally {
    await client.query('ROLLBACK');
    await client.end();
  }
}

/** Returns the longest time from sending to arrival in a channel, in milliseconds. */
async function slowestArrival({ target }: NeighbourBed, channel: BedChannel, untilMs: number): Promise<number> {
  let slowest = 0;
  while (performance.now() < untilMs) {
    const id = `other${performance.now()}`;
    const start = performance.now();
    await channel.event('A', id);
    await until(() => target.idsAt('/other').includes(id), 30 * SECOND);
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  await bed.startRelay();
  const [locked, other] = [await bed.channel().register(), await bed.channel().register()];
  await locked.subscribe('/locked');
  await other.subscribe('/other');
  await locked.event();
  const holdMs = isShort ? SHORT_HOLD_MS : HOLD_MS;
  for (const [rows, statement] of Object.entries(LOCKS)) {
    const while_ = `while another session locks the ${rows}`;
    let arrival = Infinity;
    await report.best(
      { what: `delay of another channel's ack ${while_}`, limit: MAX_DELAY_MS, unit: 'ms' },
      async () => {
        let delay = Infinity;
        await whileLocked(bed.place.databaseUrl ?? '', statement, locked, async () => {
          const end = performance.now() + holdMs;
          delay = await bed.ackDelay(other, async () => {
            const blocked = [
              ...Array.from({ length: BLOCKED_POSTS }, () => locked.post(bodyOf('A'))),
              locked.call('GET', CHANNEL_PATH),
              locked.call('PUT', CHANNEL_PATH),
            ];
            arrival = Math.min(arrival, await slowestArrival(bed, other, end));
            // The responses are awaited below, after the lock has been released.
            void Promise.allSettled(blocked);
          });
        });
        return delay;
      },
    );
    report.measured(arrival, {
      what: `slowest arrival in another channel ${while_}`,
      limit: MAX_ARRIVAL_MS,
      unit: 'ms',
    });
    const id = `after ${rows}`;
    await until(async () => (await locked.post(bodyOf('A', id))).status === 202, 20 * SECOND);
    await until(() => bed.target.idsAt('/locked').includes(id), 20 * SECOND);
    report.holds(true, `the channel continues after the lock on the ${rows}`);
  }
}

export const lockedRows: NeighbourCase = { name: 'locked-rows', store: 'PostgreSQL', run };
