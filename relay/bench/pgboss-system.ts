/** pg-boss as a system of the bench, on the same PostgreSQL as the relay. */

import { PgBoss } from 'pg-boss';

import type { Cluster } from '../harness/postgres-cluster.ts';
import { createPostgresDatabase } from './databases.ts';
import { eventBody, SIGNATURE } from './event.ts';
import type { PgBossJob, PgBossPlan, PgBossQueue } from './pgboss-process.ts';
import { familyCpuSeconds } from './process-usage.ts';
import { activeUrl, channelAt, routeInstance, type System } from './systems.ts';

/** Number of queues per channel if none is served. pg-boss fans out at ingest, so ingest alone also needs queues. */
const UNSERVED_QUEUES = 5;
/** Number of jobs that a worker takes at once. */
export const PGBOSS_BATCH = 100;
/** Jobs per INSERT when a queue is filled. */
const GROUP = 200;

/** Creates the queues and adds undelivered events to each. */
async function fillQueues({ databaseUrl, queues, usesNotify }: PgBossPlan, waiting: number): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  boss.on('error', (error) => {
    console.error(`pg-boss: ${error.message}`);
  });
  await boss.start();
  for (const { name, channel } of queues) {
    await boss.createQueue(name, { notify: usesNotify });
    await boss.subscribe(channel, name);
    for (let from = 0; from < waiting; from += GROUP) {
      const jobs = Array.from({ length: Math.min(GROUP, waiting - from) }, (_, index): { data: PgBossJob } => ({
        data: { body: eventBody(from + index, 0), signature: SIGNATURE, contentType: 'application/json' },
      }));
      await boss.insert(name, jobs);
    }
  }
  await boss.stop({ graceful: false });
}

/**
 * Returns pg-boss as a system. It has no idle subscriptions, because a queue receives only the events that are added to
 * it.
 */
export const pgBossSystem = (
  cluster: Cluster,
  targetOrigin: string,
  { enqueueMethod, usesNotify }: Pick<PgBossPlan, 'enqueueMethod' | 'usesNotify'>,
): System => ({
  name: `pg-boss ${enqueueMethod}${usesNotify ? ', NOTIFY' : ''}`,
  start: async ({ channels, active, waiting = 0 }) => {
    const database = await createPostgresDatabase(cluster);
    const queues = Array.from({ length: channels }, (_, channel) =>
      Array.from({ length: active || UNSERVED_QUEUES }, (_, index): PgBossQueue => ({
        name: `subscription-${channel}-${index}`,
        channel: channelAt(channel),
        targetUrl: activeUrl(targetOrigin, channel, index),
      })),
    ).flat();
    const plan: PgBossPlan = {
      databaseUrl: database.databaseUrl,
      enqueueMethod,
      usesNotify,
      queues,
      isServing: active > 0,
      batchSize: PGBOSS_BATCH,
    };
    await fillQueues(plan, waiting);
    await database.flush();
    return routeInstance('pgboss', {
      plan,
      databaseCpuSeconds: () => familyCpuSeconds(cluster.pid()),
      cleanUp: database.remove,
    });
  },
});
