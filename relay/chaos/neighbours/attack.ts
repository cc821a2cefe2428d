/**
 * Attacks with large requests on one channel, which measure the delay of another channel's acknowledgements and the
 * memory of the relay.
 */

import { peakMb, residentMb, resetPeak } from '../../harness/process-memory.ts';
import type { BedChannel } from './bed-channel.ts';
import type { HostileRequests, HostileResponse } from './hostile-sender.ts';
import type { NeighbourBed } from './neighbour-bed.ts';
import type { Report } from './report.ts';

const MAX_DELAY_MS = 100;
const MAX_MEMORY_MB = 400;

/**
 * Attacks a relay. Reports the delay of another channel's acknowledgements and the memory that the process used.
 * Returns the responses to the last attack.
 *
 * @param name - name of the attack, for use within a sentence
 */
export async function reportAttack(
  bed: NeighbourBed,
  other: BedChannel,
  report: Report,
  name: string,
  requests: HostileRequests,
): Promise<HostileResponse[]> {
  const relay = bed.relays.at(-1);
  const pid = relay?.child.pid;
  if (!relay || pid === undefined) throw new Error('There is no relay.');
  const attack = await bed.sender.prepare(relay, requests);
  let responses: HostileResponse[] = [];
  const memory: number[] = [];
  const delay = { what: `delay of another channel's ack by ${name}`, limit: MAX_DELAY_MS, unit: 'ms' };
  await report.best(delay, () =>
    bed.ackDelay(other, async () => {
      const before = residentMb(pid);
      resetPeak(pid);
      responses = await attack();
      memory.push(peakMb(pid) - before);
    }),
  );
  // Only the first attack counts, because later ones may reuse its memory.
  report.measured(memory[0] ?? NaN, { what: `memory for ${name}`, limit: MAX_MEMORY_MB, unit: 'MB' });
  return responses;
}

/** Returns the number of responses by status, as text. Status 0 means that there was no response. */
export function statusCounts(responses: readonly HostileResponse[]): string {
  const counts = new Map<number, number>();
  for (const { status } of responses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status}: ${count}`).join(', ');
}
