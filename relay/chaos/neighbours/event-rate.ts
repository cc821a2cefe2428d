/** A channel that sends more events per minute than the relay accepts. */

import { bodyOf } from '../../harness/sample-delivery.ts';
import type { TimedResponse } from './bed-channel.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

const PER_MINUTE = 600;
const SENT = 2 * PER_MINUTE;

async function run({ createBed, report }: CaseContext): Promise<void> {
  const bed = await createBed({ RELAY_MAX_EVENTS_PER_MINUTE: String(PER_MINUTE) });
  await bed.startRelay();
  const [busy, other] = [await bed.channel().register(), await bed.channel().register()];
  const start = performance.now();
  const early = Array.from({ length: Math.ceil(PER_MINUTE * 0.6) }, () => busy.post(bodyOf('A')));
  const isAccepted = (await Promise.all(early)).every(({ status }) => status === 202);
  const isAnnounced = isAccepted && (await bed.metric('relay_high_rates_total')) > 0;
  report.holds(isAnnounced, 'a metric warns before the first refusal');
  const responses: TimedResponse[] = [];
  while (responses.length < SENT) {
    const group = Array.from({ length: 20 }, () => busy.post(bodyOf('A')));
    responses.push(...(await Promise.all(group)));
  }
  const minutes = (performance.now() - start) / 60_000;
  const accepted = early.length + responses.filter(({ status }) => status === 202).length;
  const refused = responses.filter(({ status }) => status !== 202);
  const limit = Math.ceil(PER_MINUTE * (1 + minutes));
  report.measured(accepted, {
    what: `events accepted of ${early.length + SENT} within seconds`,
    limit,
    unit: 'events',
  });
  const isUsed = accepted >= PER_MINUTE * 0.9;
  report.holds(isUsed, 'the limit of events per minute can be used up');
  const isExplained = refused.every(({ status, headers }) => status === 429 && headers['retry-after'] !== undefined);
  report.holds(refused.length > 0 && isExplained, 'further events receive 429 and Retry-After');
  report.holds((await other.post(bodyOf('A'))).status === 202, 'another channel is not limited');
}

export const eventRate: NeighbourCase = { name: 'event-rate', lane: 'checked', run };
