/**
 * A process that measures the response times of a channel's webhooks. It is separate from the run's process, where
 * large requests to the target server would delay its timers.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { request } from 'undici';

import { bodyOf } from '../../harness/sample-delivery.ts';
import type { ProbeCommand } from './ack-probe.ts';

/** Webhooks per second. */
const RATE = 50;

/** Sends one event. Returns the response time in milliseconds; null if the webhook was not acknowledged. */
async function ack({ url, headers }: ProbeCommand): Promise<number | null> {
  const start = performance.now();
  try {
    const response = await request(url, { method: 'POST', headers, body: bodyOf('PROBE') });
    await response.body.dump();
    return response.statusCode === 202 ? performance.now() - start : null;
  } catch {
    return null;
  }
}

let stopping = new AbortController();

async function probe(command: ProbeCommand): Promise<void> {
  stopping = new AbortController();
  const { signal } = stopping;
  const times: Promise<number | null>[] = [];
  while (!signal.aborted) {
    times.push(ack(command));
    await sleep(1000 / RATE);
  }
  process.send?.(await Promise.all(times));
}

process.on('message', (command: ProbeCommand | 'stop') => {
  if (command === 'stop') stopping.abort();
  else void probe(command);
});
process.on('disconnect', () => process.exit());
