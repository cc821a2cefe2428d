/**
 * A process of the bench: the relay's webhook route in front of pg-boss, an existing job queue, with one queue and one
 * worker per subscription. It is configured for speed according to its documentation: workers take jobs in batches,
 * fetch again at once while batches are full, and are either woken by NOTIFY or poll at the shortest interval.
 */

import { PgBoss } from 'pg-boss';
import { Agent, request } from 'undici';

import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { createIngest, type Ingest } from '../ingest.ts';
import type { NewDelivery } from '../store/delivery.ts';
import { SIGNATURE } from './event.ts';
import { serveRoute } from './serve-route.ts';

/** The queue of a subscription. */
export interface PgBossQueue {
  readonly name: string;
  readonly channel: string;
  readonly targetUrl: string;
}

export interface PgBossPlan {
  readonly databaseUrl: string;
  /**
   * The method of adding an event to its queues. `publish` is pg-boss's fan-out: one INSERT per event and queue.
   * `insert` uses one INSERT per queue for all events that arrive together, in one transaction like the relay's.
   */
  readonly enqueueMethod: 'publish' | 'insert';
  /** True if NOTIFY wakes workers. This reduces latency, but serialises commits. */
  readonly usesNotify: boolean;
  readonly queues: readonly PgBossQueue[];
  /** True if workers deliver the jobs. */
  readonly isServing: boolean;
  /** Number of jobs that a worker takes at once. */
  readonly batchSize: number;
}

/** The data of a job. The body is text, which is faster than base64 but does not preserve all bytes. */
export interface PgBossJob {
  readonly body: string;
  readonly signature: string;
  readonly contentType: string;
}

/** Size of the connection pool. It is slightly faster than the default of 10. */
const CONNECTIONS = 20;
/** The shortest interval that pg-boss accepts. */
const POLLING_SECONDS = 0.5;

const toJob = ({ content }: NewDelivery): PgBossJob => ({
  body: Buffer.from(content?.sealed ?? []).toString(),
  signature: SIGNATURE,
  contentType: 'application/json',
});

/** Adds deliveries to the queues of their channels in one transaction. */
async function insertAll(boss: PgBoss, queues: readonly PgBossQueue[], deliveries: readonly NewDelivery[]) {
  const transaction = await boss.getDb().beginTransaction?.();
  if (!transaction) throw new Error('This version of pg-boss does not support transactions.');
  try {
    for (const { name, channel } of queues) {
      const jobs = deliveries
        .filter((delivery) => delivery.channel === channel)
        .map((delivery) => ({ data: toJob(delivery) }));
      if (jobs.length > 0) await boss.insert(name, jobs, { db: transaction.db });
    }
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

/** Returns a function that stores a delivery in pg-boss. */
function createAdd(boss: PgBoss, { enqueueMethod, queues }: PgBossPlan): Ingest['add'] {
  if (enqueueMethod === 'publish') {
    return async (delivery) => {
      await boss.publish(delivery.channel, toJob(delivery));
      return 'stored';
    };
  }
  return createIngest({
    ingest: async (deliveries) => {
      await insertAll(boss, queues, deliveries);
      return deliveries.map(() => 'stored' as const);
    },
  }).add;
}

async function work(boss: PgBoss, { name, targetUrl }: PgBossQueue, batchSize: number, agent: Agent): Promise<void> {
  const options = {
    batchSize,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: POLLING_SECONDS,
    notifyPollingIntervalSeconds: POLLING_SECONDS,
  };
  await boss.work<PgBossJob>(name, options, async (jobs) => {
    for (const { data } of jobs) {
      const { statusCode, body } = await request(targetUrl, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': data.contentType, [SIGNATURE_HEADER]: data.signature },
        body: data.body,
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
    }
  });
}

async function run(plan: PgBossPlan): Promise<void> {
  process.on('disconnect', () => process.exit());
  const boss = new PgBoss({
    connectionString: plan.databaseUrl,
    max: CONNECTIONS,
    useListenNotify: plan.usesNotify,
  });
  boss.on('error', (error) => {
    console.error(`pg-boss: ${error.message}`);
  });
  await boss.start();
  const origin = await serveRoute(createAdd(boss, plan));
  const agent = new Agent({ connections: 64 });
  if (plan.isServing) for (const queue of plan.queues) await work(boss, queue, plan.batchSize, agent);
  process.send?.(origin);
}

await run(JSON.parse(process.argv[2] ?? '') as PgBossPlan);
