/** The speed of the machine, which scales limits on delays. */

import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { randomText } from '../../harness/random-text.ts';
import { cpuTimeOf } from '../../harness/shortest-duration.ts';

/** Processor time of {@link work} on the reference machine, in milliseconds. */
const REFERENCE_MS = 30;
const ROUNDS = 5;

const TEXT = randomText(1_000_000);
const JSON_TEXT = JSON.stringify({ events: Array.from({ length: 50_000 }, (_, id) => ({ action: 'A', id })) });

/** Performs the kinds of work that a relay does with a body: hashing, compressing and parsing. */
function work(): void {
  createHash('sha256').update(TEXT).digest();
  deflateRawSync(TEXT);
  JSON.parse(JSON_TEXT);
}

/** Returns the factor by which this machine is slower than the reference machine; 1 if it is faster. */
export async function machineSlowness(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await cpuTimeOf(work));
  return Math.max(1, Math.min(...times) / REFERENCE_MS);
}
