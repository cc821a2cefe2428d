/**
 * The load process of the bench. In a closed loop, autocannon sends on a number of connections as fast as responses
 * arrive. In an open loop, events are sent at a steady rate. Each latency then counts from the due time of the event,
 * so that a stall counts for all events that it delays, unless the plan sets `countsFromRequest`.
 */

import autocannon from 'autocannon';
import { Agent, request } from 'undici';

import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { sendAtRate } from '../harness/steady-rate.ts';
import { eventBody, percentilesOf, sharedNow, SIGNATURE, type Percentiles } from './event.ts';

export interface LoadPlan {
  /** `http://127.0.0.1:<port>/hooks/<channel>` */
  readonly url: string;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Number of lessons that the events are about; default: one per event. */
  readonly subjects?: number;
  readonly load: ClosedLoop | OpenLoop;
}

interface ClosedLoop {
  readonly connections: number;
}

interface OpenLoop {
  readonly perSecond: number;
  /**
   * True if latencies count from the request instead of the due time. This process may miss the due time by a
   * millisecond.
   */
  readonly countsFromRequest?: boolean;
}

export interface LoadResult {
  /** Responses with status 202 per second, without the warm-up. */
  readonly perSecond: number;
  readonly ack: Percentiles | null;
  /** Number of responses with status 202, including the warm-up. */
  readonly acked: number;
  /** Number of other responses and requests without a response. */
  readonly failed: number;
  /** CPU time of this process. */
  readonly cpuSeconds: number;
}

type Measured = Omit<LoadResult, 'cpuSeconds'>;

const HEADERS = { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: SIGNATURE };
/** Maximum number of connections, which is enough for the rates of the bench unless the relay is down. */
const MAX_CONNECTIONS = 256;

let nextNumber = 0;

async function runAutocannon({ url, subjects }: LoadPlan, connections: number, duration: number) {
  const result = await autocannon({
    url,
    connections,
    duration,
    method: 'POST',
    headers: HEADERS,
    requests: [
      { setupRequest: (defaults) => ({ ...defaults, body: eventBody(nextNumber++, sharedNow(), { subjects }) }) },
    ],
  });
  return { ...result, failed: result.non2xx + result.errors + result.timeouts };
}

async function closedLoop(plan: LoadPlan, connections: number): Promise<Measured> {
  const warmUp = await runAutocannon(plan, connections, plan.warmUpSeconds);
  const result = await runAutocannon(plan, connections, plan.seconds);
  const { p50, p99, max } = result.latency;
  return {
    perSecond: result['2xx'] / result.duration,
    ack: { p50, p99, max },
    acked: warmUp['2xx'] + result['2xx'],
    failed: warmUp.failed + result.failed,
  };
}

async function openLoop(plan: LoadPlan, { perSecond, countsFromRequest = false }: OpenLoop): Promise<Measured> {
  const agent = new Agent({ connections: MAX_CONNECTIONS, pipelining: 1 });
  const warmUp = plan.warmUpSeconds * perSecond;
  const total = warmUp + plan.seconds * perSecond;
  const latencies: number[] = [];
  let acked = 0;

  async function send(index: number, dueAt: number): Promise<void> {
    const isMeasured = index >= warmUp;
    const startedAt = countsFromRequest ? sharedNow() : dueAt;
    try {
      const { statusCode, body } = await request(plan.url, {
        dispatcher: agent,
        method: 'POST',
        headers: HEADERS,
        body: eventBody(nextNumber++, isMeasured ? startedAt : 0, { subjects: plan.subjects }),
      });
      await body.dump();
      if (statusCode !== 202) return;
    } catch {
      return;
    }
    acked++;
    if (isMeasured) latencies.push(sharedNow() - startedAt);
  }

  const start = sharedNow();
  await sendAtRate({ total, perSecond }, (index, dueMs) => send(index, start + dueMs));
  await agent.close();
  return { perSecond: latencies.length / plan.seconds, ack: percentilesOf(latencies), acked, failed: total - acked };
}

process.on('disconnect', () => process.exit());
const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
const measured =
  'connections' in plan.load ? await closedLoop(plan, plan.load.connections) : await openLoop(plan, plan.load);
const { user, system } = process.cpuUsage();
process.send?.({ ...measured, cpuSeconds: (user + system) / 1e6 } satisfies LoadResult);
process.disconnect();
