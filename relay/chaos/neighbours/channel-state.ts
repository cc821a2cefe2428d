/** The state of a channel with many subscriptions and many waiting events. */

import { CHANNEL_PATH } from '../../../wire/relay-api.ts';
import { HOUR, SECOND } from '../../harness/durations.ts';
import { createSealer } from '../../harness/sealer.ts';
import { openStore } from '../../store/open.ts';
import type { BedChannel } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

const SUBSCRIPTIONS = 190;
const BODY_BYTES = 2_000;
const DELIVERIES = 220_000;
const SHORT_DELIVERIES = 22_000;
/** Number of different actions of the events. */
const ACTIONS = 60;
const GROUP = 200;
const REQUESTS = 10;
const MAX_STATE_MS = 50;
const MAX_DELAY_MS = 100;

const actionAt = (index: number): string => `ACTION_${index % ACTIONS}`;

/** Returns the body of the delivery with this index: every tenth delivery has two events with different actions. */
function bodyAt(index: number): Buffer {
  const second = index % 10 === 0 ? `, {"action": "${actionAt(index + 1)}"}` : '';
  const events = `[{"action": "${actionAt(index)}", "id": ${index}}${second}]`;
  return Buffer.from(`{"events": ${events}}`.padEnd(BODY_BYTES));
}

/** Fills the channel before the relay starts, which is faster than sending webhooks. */
async function fill(
  { place: { sqlitePath, databaseUrl } }: NeighbourBed,
  channel: BedChannel,
  count: number,
): Promise<void> {
  const sealer = createSealer();
  const sealKey = await channel.sealKey();
  const store = await openStore(
    { databaseUrl, sqlitePath: sqlitePath ?? '' },
    { maxChannelBytes: 1e12, duplicateMs: HOUR },
  );
  for (let from = 0; from < count; from += GROUP) {
    const group = Array.from({ length: GROUP }, async (_, index) => {
      const content = { body: bodyAt(from + index), signature: 'a'.repeat(64), contentType: 'application/json' };
      return sealer.seal({ channel: channel.id, ...content, receivedAt: Date.now() }, sealKey);
    });
    await store.ingest(await Promise.all(group));
  }
  await store.close();
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  bed.target.respond = (response) => response.writeHead(500).end();
  const registering = await bed.startRelay();
  const other = await bed.channel().register();
  const channel = await bed.channel().register();
  for (let number = 0; number < SUBSCRIPTIONS; number++) {
    const actions = [actionAt(number), actionAt(number + 7), actionAt(number + 31)];
    await channel.subscribe(`/${number}`, number % 5 === 0 ? { all_except: actions } : { actions });
  }
  await registering.kill('SIGTERM');
  const count = isShort ? SHORT_DELIVERIES : DELIVERIES;
  await fill(bed, channel, count);
  await bed.startRelay();
  const { subscriptions } = await channel.state();
  const least = Math.min(...subscriptions.map(({ pending }) => pending));
  report.holds(least > 0, `events wait for each of ${subscriptions.length} subscriptions (at least ${least})`);

  const name = `state of a channel with ${SUBSCRIPTIONS} subscriptions and ${(count * BODY_BYTES) / 1e6} MB waiting`;
  const slowest = async () => {
    const times: number[] = [];
    for (let request = 0; request < REQUESTS; request++) {
      const { status, milliseconds } = await channel.call('GET', CHANNEL_PATH);
      if (status !== 200) throw new Error(`The state of the channel received the response ${status}.`);
      times.push(milliseconds);
    }
    return times.sort((a, b) => a - b)[REQUESTS / 2] ?? NaN;
  };
  await report.best({ what: name, limit: MAX_STATE_MS, unit: 'ms' }, slowest);
  const what = `delay of another channel's ack by ${REQUESTS} requests for this state`;
  await report.best({ what, limit: MAX_DELAY_MS, unit: 'ms' }, () =>
    bed.ackDelay(other, () =>
      Promise.race([
        Promise.all(Array.from({ length: REQUESTS }, () => channel.call('GET', CHANNEL_PATH))),
        new Promise((resolve) => setTimeout(resolve, 30 * SECOND)),
      ]),
    ),
  );
}

export const channelState: NeighbourCase = { name: 'channel-state', run };
