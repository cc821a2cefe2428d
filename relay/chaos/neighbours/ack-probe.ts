/** The delay of the acknowledgements of a channel while something happens to others. */

import { setTimeout as sleep } from 'node:timers/promises';

import { bodyOf } from '../../harness/sample-delivery.ts';
import { sendAtRate } from '../../harness/steady-rate.ts';
import type { BedChannel } from './bed-channel.ts';

const PER_SECOND = 50;
/** Time for which the usual response time is measured. */
const BASELINE_MS = 1_000;
/** Time after the attack, in which the relay may still work on it. */
const AFTERMATH_MS = 300;

/** Sends one event. Returns the response time in milliseconds; Infinity if it was not acknowledged. */
async function ack(channel: BedChannel): Promise<number> {
  const { status, milliseconds } = await channel.post(bodyOf('PROBE'));
  return status === 202 ? milliseconds : Infinity;
}

async function ackDuring(channel: BedChannel, signal: AbortSignal): Promise<number[]> {
  const times: Promise<number>[] = [];
  while (!signal.aborted) {
    times.push(ack(channel));
    await sleep(1000 / PER_SECOND);
  }
  return Promise.all(times);
}

/** Returns the median response time of a channel that nothing disturbs, in milliseconds. */
async function usualAck(channel: BedChannel): Promise<number> {
  const times: number[] = [];
  const total = (BASELINE_MS / 1000) * PER_SECOND;
  await sendAtRate({ total, perSecond: PER_SECOND }, async () => void times.push(await ack(channel)));
  return times.sort((a, b) => a - b)[total / 2] ?? NaN;
}

/**
 * Returns the longest response time of a channel while an attack on others runs, less the channel's usual response time,
 * in milliseconds; Infinity if an event of the channel was not acknowledged.
 */
export async function ackDelay(channel: BedChannel, attack: () => Promise<unknown>): Promise<number> {
  const usual = await usualAck(channel);
  const attacking = new AbortController();
  const probing = ackDuring(channel, attacking.signal);
  try {
    await attack();
    await sleep(AFTERMATH_MS);
  } finally {
    attacking.abort();
  }
  return Math.max(...(await probing)) - usual;
}
