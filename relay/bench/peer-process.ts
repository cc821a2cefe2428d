/**
 * A process that relays are compared with: the same route in the same framework. It stores nothing, or stores events in
 * pg-boss with one queue per Zap and delivers them.
 */

import fastify from 'fastify';
import { PgBoss } from 'pg-boss';
import { Agent, request } from 'undici';

/** The only argument of the process, in JSON. */
export interface PeerPlan {
  /** The database of pg-boss; null to store nothing. */
  readonly databaseUrl: string | null;
  /** URLs of targets by channel. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

interface Job {
  readonly body: string;
}
interface Event extends Job {
  readonly channel: string;
}

/** The settings with which pg-boss was fastest. Half a second is the shortest interval that it accepts. */
const WORK = { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
const CONNECTIONS = 20;

/** Starts pg-boss. Returns a function that stores an event in all queues of its channel. */
async function startPgBoss(connectionString: string, targets: PeerPlan['targets']) {
  const boss = new PgBoss({ connectionString, max: CONNECTIONS, useListenNotify: true });
  boss.on('error', ({ message }) => {
    console.error(`pg-boss: ${message}`);
  });
  await boss.start();
  const queues = Object.entries(targets).flatMap(([channel, urls]) =>
    urls.map((url, index) => ({ channel, url, name: `${channel}-${index}` })),
  );
  const dispatcher = new Agent({ connections: 64 });
  for (const { name, url } of queues) {
    await boss.createQueue(name, { notify: true });
    await boss.work<Job>(name, WORK, async (jobs) => {
      for (const { data } of jobs) {
        await (await request(url, { dispatcher, method: 'POST', body: data.body })).body.dump();
      }
    });
  }
  // Like the relay, the peer stores all events that arrive during an insert together in the next one.
  let waiting: Event[] = [];
  let writing: Promise<void> = Promise.resolve();
  async function write(): Promise<void> {
    const group = waiting;
    waiting = [];
    for (const { name, channel } of queues) {
      const jobs = group.filter((event) => event.channel === channel).map(({ body }) => ({ data: { body } }));
      if (jobs.length > 0) await boss.insert(name, jobs);
    }
  }
  return (event: Event): Promise<void> => {
    if (waiting.push(event) === 1) writing = writing.then(write);
    return writing;
  };
}

const { databaseUrl, targets } = JSON.parse(process.argv[2] ?? '') as PeerPlan;
const add = databaseUrl === null ? () => Promise.resolve() : await startPgBoss(databaseUrl, targets);
const server = fastify({ bodyLimit: 10_485_760 });
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
  done(null, body);
});
server.post<{ Params: { channel: string }; Body: string }>('/hooks/:channel', async ({ params, body }, reply) => {
  await add({ channel: params.channel, body });
  return reply.code(202).send();
});
process.on('disconnect', () => process.exit());
process.send?.(await server.listen({ port: 0, host: '127.0.0.1' }));
