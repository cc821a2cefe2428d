/** The operator's commands, sent to one of several processes that share a database. */

import { join } from 'node:path';

import { afterAll, expect, it } from '@jest/globals';

import { SECOND } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { startTargetServer } from '../../../harness/target-server.ts';
import { until } from '../../../harness/until.ts';
import { startAdminRelay } from '../../support/admin-relay.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { describeWithDatabase } from '../../support/test-database.ts';

const folder = temporaryFolder();
let status = 200;
const target = await startTargetServer((response) => {
  response.statusCode = status;
  response.end();
});
afterAll(() => {
  target.close();
});

describeWithDatabase('commands to processes that share a PostgreSQL database', (database) => {
  it('reach the process that serves the channel, whichever process they are sent to', async () => {
    const attemptsOf = (path: string) => target.received.filter(({ url }) => url === path).length;
    const store = { RELAY_DATABASE_URL: await database.newSchema(), RELAY_TARGET_ORIGINS: target.origin };
    const one = await startAdminRelay({ ...store, RELAY_ADMIN_SOCKET: join(folder, 'one.sock') });
    const other = await startAdminRelay({ ...store, RELAY_ADMIN_SOCKET: join(folder, 'other.sock') });
    try {
      const id = await one.subscribe(`${target.origin}/x`);
      await one.subscribe(`${target.origin}/y`, ['B']);
      status = 500;
      await one.post('A', 'A');
      await until(() => attemptsOf('/x') > 0);
      // One of the two processes serves the channel and waits for its next attempt.
      expect((await one.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`pause ${id}`)).code).toBe(0);
      status = 200;
      const attempts = attemptsOf('/x');
      // Even if no notification arrives, a process compares the revisions of its channels at each heartbeat.
      const noticedAt = Date.now() + 1.5 * SECOND;
      await until(() => Date.now() > noticedAt);
      await one.post('A', 'B');
      await until(() => attemptsOf('/y') > 0);
      expect(attemptsOf('/x')).toBe(attempts);
      const state = expect.stringMatching(/^paused for /);
      expect(await one.rows(`subscriptions ${CHANNEL}`)).toMatchObject([{ DEAD: '2', STATE: state, WAITING: '1' }, {}]);
      expect((await one.run(`resume ${id}`)).code).toBe(0);
      await until(() => attemptsOf('/x') > attempts);
    } finally {
      await one.stop();
      await other.stop();
    }
  });
});
