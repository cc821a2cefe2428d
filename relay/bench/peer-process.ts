/**
 * A process that relays are compared with: the same route in the same framework. It stores nothing, or stores events in
 * pg-boss with one queue per Zap and delivers them. Its argument is a {@link PeerPlan} in JSON.
 */

import fastify from 'fastify';
import { PgBoss } from 'pg-boss';
import { Agent, request } from 'undici';

export interface PeerPlan {
  /** The database of pg-boss; null to store nothing. */
  readonly databaseUrl: string | null;
  /** URLs of targets by channel. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

/** Number of jobs that a worker of pg-boss takes at once. */
const BATCH = 100;
/** Slightly faster than the default of 10. */
const CONNECTIONS = 20;
/** The shortest interval that pg-boss accepts. */
const POLLING_SECONDS = 0.5;

interface Job {
  readonly body: string;
}

type Add = (channel: string, body: string) => Promise<unknown>;

/** Starts pg-boss. Returns a function that stores an event in all queues of a channel. */
async function startPgBoss(databaseUrl: string, targets: PeerPlan['targets']): Promise<Add> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: CONNECTIONS, useListenNotify: true });
  boss.on('error', (error) => {
    console.error(`pg-boss: ${error.message}`);
  });
  await boss.start();
  const dispatcher = new Agent({ connections: 64 });
  const options = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: POLLING_SECONDS };
  for (const [channel, urls] of Object.entries(targets)) {
    for (const [index, url] of urls.entries()) {
      await boss.createQueue(`${channel}-${index}`, { notify: true });
      await boss.work<Job>(`${channel}-${index}`, options, async (jobs) => {
        for (const { data } of jobs)
          await (await request(url, { dispatcher, method: 'POST', body: data.body })).body.dump();
      });
    }
  }

  // Like the relay, the peer stores the events that arrive during a transaction together in the next one.
  let waiting: { readonly channel: string; readonly body: string }[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  async function write(): Promise<void> {
    const group = waiting;
    waiting = [];
    const transaction = await boss.getDb().beginTransaction?.();
    if (!transaction) throw new Error('This version of pg-boss does not support transactions.');
    for (const channel of new Set(group.map((event) => event.channel))) {
      const jobs = group.filter((event) => event.channel === channel).map(({ body }) => ({ data: { body } }));
      for (const index of (targets[channel] ?? []).keys()) {
        await boss.insert(`${channel}-${index}`, jobs, { db: transaction.db });
      }
    }
    await transaction.commit();
  }
  return (channel, body) => {
    if (waiting.push({ channel, body }) === 1) writing = writing.then(write);
    return writing;
  };
}

const { databaseUrl, targets } = JSON.parse(process.argv[2] ?? '') as PeerPlan;
const add: Add = databaseUrl === null ? () => Promise.resolve() : await startPgBoss(databaseUrl, targets);
const server = fastify({ bodyLimit: 10_485_760 });
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
server.post<{ Params: { channel: string }; Body: Buffer }>('/hooks/:channel', async ({ params, body }, reply) => {
  await add(params.channel, body.toString());
  return reply.code(202).send();
});
process.on('disconnect', () => process.exit());
process.send?.(await server.listen({ port: 0, host: '127.0.0.1' }));
