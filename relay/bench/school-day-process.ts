/**
 * A process of the bench that sends the webhooks of a school day at many branches in compressed time. Each event goes
 * to a random channel through a random process of the relay.
 */

import { Agent, request } from 'undici';

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { sendAtRate } from '../harness/steady-rate.ts';
import { eventBody, percentilesOf, sharedNow, SIGNATURE, type Percentiles } from './event.ts';
import { channelAt } from './systems.ts';

/** The load of a school day. */
export interface SchoolDay {
  /** Origins of the relay's processes. */
  readonly origins: readonly string[];
  readonly channels: number;
  /** Events per second in each hour. */
  readonly perSecond: readonly number[];
  /** Duration of each simulated hour in seconds. */
  readonly secondsPerHour: number;
  /** Number of lessons in all channels. */
  readonly subjects: number;
}

/** The result of a school day. */
export interface SchoolDayResult {
  /** Number of responses with status 202. */
  readonly acked: number;
  readonly failed: number;
  readonly ack: Percentiles | null;
  /** CPU time of this process. */
  readonly cpuSeconds: number;
}

const HEADERS = { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: SIGNATURE };

process.on('disconnect', () => process.exit());
const { origins, channels, perSecond, secondsPerHour, subjects } = JSON.parse(process.argv[2] ?? '') as SchoolDay;
const names = Array.from({ length: channels }, (_, index) => channelAt(index));
const oneOf = (texts: readonly string[]): string => texts[Math.floor(Math.random() * texts.length)] ?? '';
const dispatcher = new Agent({ connections: 32, pipelining: 1 });
const latencies: number[] = [];
let nextNumber = 0;
let acked = 0;
let failed = 0;

async function send(): Promise<void> {
  const sentAt = sharedNow();
  try {
    const body = eventBody(nextNumber++, sentAt, { subjects });
    const url = `${oneOf(origins)}${HOOKS_PATH}/${oneOf(names)}`;
    const response = await request(url, { dispatcher, method: 'POST', headers: HEADERS, body });
    await response.body.dump();
    if (response.statusCode !== 202) throw new Error(`Status ${response.statusCode}`);
    acked++;
    latencies.push(sharedNow() - sentAt);
  } catch {
    failed++;
  }
}

for (const rate of perSecond) await sendAtRate({ total: rate * secondsPerHour, perSecond: rate }, send);
await dispatcher.close();
const { user, system } = process.cpuUsage();
process.send?.({
  acked,
  failed,
  ack: percentilesOf(latencies),
  cpuSeconds: (user + system) / 1e6,
} satisfies SchoolDayResult);
process.disconnect();
