/**
 * A process that stores a backlog in pg-boss, with one queue per Zap, and delivers it. Its arguments are the database's
 * URL, the number of deliveries per Zap, and the URL of each Zap.
 */

import { PgBoss } from 'pg-boss';
import { Agent, request } from 'undici';

import { eventBody } from './load.ts';

/** The settings with which pg-boss was fastest. Half a second is the shortest interval that it accepts. */
const WORK = { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
const CONNECTIONS = 20;

const [connectionString = '', count = '', ...urls] = process.argv.slice(2);
const boss = new PgBoss({ connectionString, max: CONNECTIONS });
boss.on('error', ({ message }) => {
  console.error(`pg-boss: ${message}`);
});
await boss.start();
const dispatcher = new Agent({ connections: 64 });
for (const [index, url] of urls.entries()) {
  const name = `zap-${index}`;
  await boss.createQueue(name);
  const jobs = Array.from({ length: Number(count) }, () => ({ data: { body: eventBody() } }));
  await boss.insert(name, jobs);
  await boss.work<{ readonly body: string }>(name, WORK, async (batch) => {
    for (const { data } of batch) {
      await (await request(url, { dispatcher, method: 'POST', body: data.body })).body.dump();
    }
  });
}
process.on('disconnect', () => process.exit());
process.send?.('stored');
