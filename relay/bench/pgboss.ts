/**
 * The existing alternative, in a process of its own: the relay's route in front of pg-boss, which has one queue and one
 * worker for each subscription. Set as its documentation has it for speed: workers take jobs in batches, fetch again at
 * once while batches are full, and are woken by NOTIFY or poll as often as they may.
 */

import { PgBoss } from 'pg-boss';
import { Agent, request } from 'undici';

import { createIngest, type Ingest } from '../ingest.ts';
import type { NewDelivery } from '../store/store.ts';
import { serveRoute } from './route.ts';

/** The queue of a subscription. */
export interface BossQueue {
  readonly name: string;
  readonly channel: string;
  readonly targetUrl: string;
}

export interface BossPlan {
  readonly databaseUrl: string;
  /**
   * How an event gets to its queues: by `publish`, which is made for that and inserts for each event and queue; or by
   * one `insert` a queue of all events that came together, in one transaction, as the relay stores them.
   */
  readonly way: 'publish' | 'insert';
  /** Whether NOTIFY wakes workers. It has them know at once, and makes commits wait for each other. */
  readonly isNotified: boolean;
  readonly queues: readonly BossQueue[];
  readonly isServing: boolean;
  /** How many jobs a worker takes at once. */
  readonly batchSize: number;
}

/** A job. Bytes as text are kinder than faithful: a real body would have to be base64. */
export interface BossJob {
  readonly body: string;
  readonly signature: string;
  readonly contentType: string;
}

/** Its default of 10 is a little slower. */
const CONNECTIONS = 20;
/** The least it takes. */
const POLLING_SECONDS = 0.5;

const toJob = ({ body, signature, contentType }: NewDelivery): BossJob => ({
  body: body.toString(),
  signature,
  contentType,
});

/** Stores events that came together in all queues or in none. */
async function insertAll(boss: PgBoss, queues: readonly BossQueue[], deliveries: readonly NewDelivery[]) {
  const transaction = await boss.getDb().beginTransaction?.();
  if (!transaction) throw new Error('This pg-boss has no transactions.');
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

function wayIn(boss: PgBoss, { way, queues }: BossPlan): Ingest['add'] {
  if (way === 'publish') {
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

async function serve(boss: PgBoss, { name, targetUrl }: BossQueue, batchSize: number, agent: Agent): Promise<void> {
  const options = {
    batchSize,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: POLLING_SECONDS,
    notifyPollingIntervalSeconds: POLLING_SECONDS,
  };
  await boss.work<BossJob>(name, options, async (jobs) => {
    for (const { data } of jobs) {
      const { statusCode, body } = await request(targetUrl, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': data.contentType, 'webhook-signature': data.signature },
        body: data.body,
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
    }
  });
}

async function run(plan: BossPlan): Promise<void> {
  process.on('disconnect', () => process.exit());
  const boss = new PgBoss({
    connectionString: plan.databaseUrl,
    max: CONNECTIONS,
    useListenNotify: plan.isNotified,
  });
  boss.on('error', (error) => {
    console.error(`pg-boss: ${error.message}`);
  });
  await boss.start();
  const url = await serveRoute(wayIn(boss, plan));
  const agent = new Agent({ connections: 64 });
  if (plan.isServing) for (const queue of plan.queues) await serve(boss, queue, plan.batchSize, agent);
  process.send?.(url);
}

await run(JSON.parse(process.argv[2] ?? '') as BossPlan);
