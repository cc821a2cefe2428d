/**
 * The load of the bench, in a process of its own: autocannon, which sends as fast as answers come; or events at a steady
 * rate, whatever the answers do, each timed from when it was due, so that a stall counts for all that waited behind it.
 */

import autocannon from 'autocannon';
import { Agent, request } from 'undici';

import { eventBody, sharedNow, SIGNATURE, spreadOf, type Spread } from './event.ts';

export interface LoadPlan {
  /** `http://127.0.0.1:<port>/hooks/<channel>` */
  readonly url: string;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** How many at once; or how many a second, however many are at once. */
  readonly load: { readonly connections: number } | { readonly perSecond: number };
}

export interface LoadResult {
  /** Answers 202 a second, after the warm-up. */
  readonly perSecond: number;
  readonly ack: Spread | null;
  /** Answers 202 from the first on. */
  readonly acked: number;
  /** What was answered otherwise, or not at all. */
  readonly failed: number;
  /** What sending cost. */
  readonly cpuSeconds: number;
}

type Measured = Omit<LoadResult, 'cpuSeconds'>;

const HEADERS = { 'content-type': 'application/json', 'webhook-signature': SIGNATURE };
/** The rates are so low that this many are never busy, but when the relay is down. */
const MAX_CONNECTIONS = 256;

let number = 0;

async function cannon(url: string, connections: number, duration: number) {
  const result = await autocannon({
    url,
    connections,
    duration,
    method: 'POST',
    headers: HEADERS,
    requests: [{ setupRequest: (defaults) => ({ ...defaults, body: eventBody(number++, 0) }) }],
  });
  return { ...result, failed: result.non2xx + result.errors + result.timeouts };
}

async function closedLoop(plan: LoadPlan, connections: number): Promise<Measured> {
  const warmUp = await cannon(plan.url, connections, plan.warmUpSeconds);
  const result = await cannon(plan.url, connections, plan.seconds);
  const { p50, p99, max } = result.latency;
  return {
    perSecond: result['2xx'] / result.duration,
    ack: { p50, p99, max },
    acked: warmUp['2xx'] + result['2xx'],
    failed: warmUp.failed + result.failed,
  };
}

async function openLoop(plan: LoadPlan, perSecond: number): Promise<Measured> {
  const agent = new Agent({ connections: MAX_CONNECTIONS, pipelining: 1 });
  const warmUp = plan.warmUpSeconds * perSecond;
  const total = warmUp + plan.seconds * perSecond;
  const latencies: number[] = [];
  let acked = 0;

  async function send(index: number, dueAt: number): Promise<void> {
    const isTimed = index >= warmUp;
    try {
      const { statusCode, body } = await request(plan.url, {
        dispatcher: agent,
        method: 'POST',
        headers: HEADERS,
        body: eventBody(number++, isTimed ? dueAt : 0),
      });
      await body.dump();
      if (statusCode !== 202) return;
    } catch {
      return;
    }
    acked++;
    if (isTimed) latencies.push(sharedNow() - dueAt);
  }

  const sent: Promise<void>[] = [];
  const start = sharedNow();
  while (sent.length < total) {
    const due = Math.min(total, ((sharedNow() - start) / 1000) * perSecond);
    while (sent.length < due) sent.push(send(sent.length, start + (sent.length * 1000) / perSecond));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  await agent.close();
  return { perSecond: latencies.length / plan.seconds, ack: spreadOf(latencies), acked, failed: total - acked };
}

process.on('disconnect', () => process.exit());
const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
const measured =
  'connections' in plan.load
    ? await closedLoop(plan, plan.load.connections)
    : await openLoop(plan, plan.load.perSecond);
const { user, system } = process.cpuUsage();
process.send?.({ ...measured, cpuSeconds: (user + system) / 1e6 } satisfies LoadResult);
process.disconnect();
