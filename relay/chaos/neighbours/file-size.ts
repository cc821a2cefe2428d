/** A SQLite file from which a lot of data is removed. */

import { statSync } from 'node:fs';

import { CHANNEL_PATH } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { randomText } from '../../harness/random-text.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel } from './bed-channel.ts';
import type { NeighbourBed } from './neighbour-bed.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

const MB = 1024 * 1024;
const BODY_BYTES = 250_000;
/** Size of a sealed body of random text. */
const SEALED_BYTES = 187_000;
const BODIES = 1_000;
const SHORT_BODIES = 150;
/** The relay keeps 8 MB for new data. */
const MAX_MB_AFTER = 12;
/** Time limit. It is longer than the interval of retention. */
const MAX_SECONDS = 90;
const MAX_DELAY_MS = 100;

const sizeMb = (path: string): number =>
  ['', '-wal'].reduce((sum, suffix) => sum + (statSync(`${path}${suffix}`, { throwIfNoEntry: false })?.size ?? 0), 0) /
  MB;

/** Fills a new channel with waiting events. */
async function filledChannel(bed: NeighbourBed, count: number): Promise<BedChannel> {
  const channel = await bed.channel().register();
  await channel.subscribe('/zap');
  for (let number = 0; number < count; number++) {
    const { status } = await channel.post(
      `{"events": [{"action": "A", "id": ${number}, "p": "${randomText(BODY_BYTES)}"}]}`,
    );
    if (status !== 202) throw new Error(`A webhook received the response ${status}.`);
  }
  return channel;
}

async function run({ createBed, isShort, report }: CaseContext): Promise<void> {
  const bed = await createBed();
  const path = bed.place.sqlitePath ?? '';
  bed.target.respond = (response) => response.writeHead(500).end();
  await bed.startRelay();
  const other = await bed.channel().register();
  const count = isShort ? SHORT_BODIES : BODIES;
  const megabytes = Math.round((count * SEALED_BYTES) / 1e6);
  const what = `delay of another channel's ack by the deletion of a channel of ${megabytes} MB`;
  await report.best({ what, limit: MAX_DELAY_MS, unit: 'ms' }, async () => {
    const channel = await filledChannel(bed, count);
    return bed.ackDelay(other, () => channel.call('DELETE', CHANNEL_PATH));
  });
  const full = sizeMb(path);
  report.holds(full > (count * SEALED_BYTES) / MB, `the file has grown to ${Math.round(full)} MB`);
  const start = performance.now();
  await until(() => sizeMb(path) <= MAX_MB_AFTER, MAX_SECONDS * SECOND).catch(() => undefined);
  report.measured(sizeMb(path), { what: 'the file shrinks to', limit: MAX_MB_AFTER, unit: 'MB' });
  const seconds = (performance.now() - start) / SECOND;
  report.measured(seconds, { what: 'the file shrinks within', limit: MAX_SECONDS, unit: 's' });
}

export const fileSize: NeighbourCase = { name: 'file-size', store: 'SQLite', lane: 'waiting', run };
