/** A channel that is filled with delivered events, and a channel that is filled with waiting events. */

import { randomText } from '../../harness/random-text.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { BedChannel, TimedResponse } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';
import type { NeighbourBed } from './neighbour-bed.ts';

/** The smallest limits that a relay's configuration allows. */
const MAX_MB = 10;
const MAX_DELIVERIES = 1_000;
const BODY_BYTES = 200_000;
/** Ratio of the size of a body of random text after compression and sealing to its original size. */
const SEALED_SHARE = 0.75;
const FULL_AFTER = Math.floor((MAX_MB * 1024 * 1024) / (BODY_BYTES * SEALED_SHARE));
const RECOVERY_MS = 60 * SECOND;
/** Number of bodies without events that are sent at the same time. */
const SENDERS = 20;

const largeBody = (id: string): string =>
  `{"events": [{"action": "A", "subject": {"model": "Lesson", "id": "${id}", "p": "${randomText(BODY_BYTES)}"}}]}`;

const countOf = (responses: readonly TimedResponse[], status: number): number =>
  responses.filter((response) => response.status === status).length;

/** Sends three times as many events as the channel may hold. Each event arrives before the next one is sent. */
async function fillWithDelivered({ target }: NeighbourBed, channel: BedChannel, path: string | null): Promise<number> {
  const responses: TimedResponse[] = [];
  for (let number = 0; number < 3 * FULL_AFTER; number++) {
    responses.push(await channel.post(largeBody(`delivered${number}`)));
    if (path !== null && responses.at(-1)?.status === 202) {
      await until(() => target.at(path).length >= countOf(responses, 202), RECOVERY_MS);
    }
  }
  return responses.length - countOf(responses, 202);
}

/** Sends events until one is refused. Returns the number of accepted events. */
async function fillWithWaiting(channel: BedChannel, max: number, body: (number: number) => string | Buffer) {
  for (let accepted = 0; accepted < max; accepted++) {
    const { status } = await channel.post(body(accepted));
    if (status === 503) return accepted;
    if (status !== 202) throw new Error(`A webhook received the response ${status}.`);
  }
  return max;
}

async function run({ createBed, report }: CaseContext): Promise<void> {
  const bed = await createBed({
    RELAY_MAX_CHANNEL_MB: String(MAX_MB),
    RELAY_MAX_CHANNEL_DELIVERIES: String(MAX_DELIVERIES),
  });
  const { target } = bed;
  let isDown = false;
  target.respond = (response) => response.writeHead(isDown ? 500 : 200).end();
  await bed.startRelay();

  const delivering = await bed.channel().register();
  await delivering.subscribe('/delivering');
  const refused = await fillWithDelivered(bed, delivering, '/delivering');
  report.measured(refused, { what: '30 MB of delivered sealed events, limit 10 MB', limit: 0, unit: 'refused' });
  const unwanted = await fillWithDelivered(bed, await bed.channel().register(), null);
  report.measured(unwanted, { what: '30 MB of events that no Zap wants, limit 10 MB', limit: 0, unit: 'refused' });

  const withoutEvents = await bed.channel().register();
  const before = await bed.metric('relay_deliveries');
  const statuses: TimedResponse[] = [];
  for (let number = 0; number < 3 * MAX_DELIVERIES; number += SENDERS) {
    const bodies = Array.from({ length: SENDERS }, (_, index) => `{"id": ${number + index}}`);
    statuses.push(...(await Promise.all(bodies.map((body) => withoutEvents.post(body)))));
  }
  const notAccepted = statuses.length - countOf(statuses, 202);
  report.measured(notAccepted, { what: '3,000 bodies without events, limit 1,000', limit: 0, unit: 'refused' });
  const rows = (await bed.metric('relay_deliveries')) - before;
  report.measured(rows, { what: 'rows of 3,000 bodies without events', limit: MAX_DELIVERIES, unit: 'rows' });

  isDown = true;
  const waiting = await bed.channel().register();
  await waiting.subscribe('/waiting');
  const accepted = await fillWithWaiting(waiting, 2 * FULL_AFTER, (number) => largeBody(`waiting${number}`));
  report.measured(accepted, { what: 'waiting bodies of 200 kB, limit 10 MB', limit: FULL_AFTER, unit: 'accepted' });
  const manyRows = await bed.channel().register();
  await manyRows.subscribe('/rows');
  const acceptedRows = await fillWithWaiting(manyRows, 2 * MAX_DELIVERIES, () => bodyOf('A'));
  report.measured(acceptedRows, { what: 'waiting events, limit 1,000', limit: MAX_DELIVERIES, unit: 'accepted' });
  report.holds(accepted > 0 && acceptedRows > 0, 'events are accepted until the channel is full');
  const { status } = await delivering.event();
  report.holds(status === 202, 'another channel is not full');

  isDown = false;
  const isComplete = () =>
    new Set(target.idsAt('/waiting')).size >= accepted && new Set(target.idsAt('/rows')).size >= acceptedRows;
  await until(isComplete, RECOVERY_MS);
  const responses = await Promise.all([waiting.post(largeBody('after')), manyRows.post(bodyOf('A'))]);
  report.holds(
    countOf(responses, 202) === 2,
    'a full channel accepts events again when its Zaps have received the others',
  );
}

export const fullChannel: NeighbourCase = { name: 'full-channel', lane: 'checked', run };
