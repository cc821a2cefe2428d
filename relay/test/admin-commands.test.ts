/** The operator's commands, on both stores, while the relay runs. */

import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { shortNameOf, targetNameOf } from '../short-name.ts';
import { callApi } from '../harness/relay-requests.ts';
import { CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { AdminRelay, temporaryFolder } from './admin-relay.ts';
import { describeWithDatabase, startTestDatabase } from './test-database.ts';

const NAME = shortNameOf(CHANNEL);
const folder = temporaryFolder();
let count = 0;

afterAll(folder.remove);

/**
 * Defines the tests for a kind of store.
 *
 * @param newStore - returns the variables with the location of a new, empty store
 */
function commandTests(newStore: () => Promise<Readonly<Record<string, string>>>): void {
  let relay: AdminRelay;
  let target: TargetServer;
  let status: number;
  let environment: Readonly<Record<string, string>>;

  beforeEach(async () => {
    status = 200;
    target = await startTargetServer((response) => {
      response.statusCode = status;
      response.end();
    });
    environment = {
      ...(await newStore()),
      RELAY_ADMIN_SOCKET: join(folder.path, `${++count}.sock`),
      RELAY_TARGET_ORIGINS: target.origin,
    };
    relay = await AdminRelay.start(environment);
  });
  afterEach(async () => {
    await relay.stop();
    target.close();
  });

  const subscribe = (path = '/secret-path', actions?: string[]) => relay.subscribe(`${target.origin}${path}`, actions);
  const subscriptions = async () => (await relay.json('subscriptions')).subscriptions as Record<string, unknown>[];

  /** Sends events with action `A` to a target that fails, until an attempt has failed. */
  async function fail(events: number): Promise<void> {
    status = 500;
    await relay.post(...Array.from({ length: events }, () => 'A'));
    await until(async () => Number((await subscriptions())[0]?.failures) > 0);
  }

  describe('channels', () => {
    it('lists every channel under its short name, with what waits in it', async () => {
      expect(await relay.run('channels')).toEqual({ code: 0, output: 'This relay has no channels.' });
      await subscribe();
      await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
      await fail(3);
      const { output, code } = await relay.run('channels');
      expect(code).toBe(0);
      expect(output).toMatch(/^CHANNEL +ZAPS +FAILING +WAITING +OLDEST +DEAD +STORED +LAST EVENT\n/);
      expect(output).toMatch(new RegExp(`^${NAME} +1 +1 +3 +\\d+ s +0 +\\d+ B +\\d+ s ago$`, 'm'));
      expect(output).toMatch(new RegExp(`^${shortNameOf(OTHER_CHANNEL)} +0 +0 +0 +- +0 +0 B +never$`, 'm'));
      const { channels } = await relay.json('channels');
      expect(channels).toContainEqual(
        expect.objectContaining({ channel: NAME, subscriptions: 1, failing: 1, waiting: 3, dead_letters: 0 }),
      );
    });
  });

  describe('subscriptions', () => {
    it('lists those of all channels or of one', async () => {
      expect((await relay.run('subscriptions')).output).toBe('There are no subscriptions: no Zap is on.');
      const id = await subscribe();
      await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
      const { output } = await relay.run('subscriptions');
      expect(output).toContain(targetNameOf(`${target.origin}/secret-path`));
      expect(output).toMatch(
        new RegExp(`^${id.slice(0, 8)} +${NAME} +0 +- +0 +ok +never +127\\.0\\.0\\.1:\\d+ #\\w{8} +A$`, 'm'),
      );
      expect(await subscriptions()).toMatchObject([{ subscription: id, channel: NAME, actions: ['A'], waiting: 0 }]);
      for (const name of [NAME, CHANNEL, `https://relay.example.com/hooks/${CHANNEL}/`]) {
        expect((await relay.json(`subscriptions ${name}`)).subscriptions).toHaveLength(1);
      }
      expect((await relay.json(`subscriptions ${OTHER_CHANNEL}`)).subscriptions).toEqual([]);
    });

    it('shows failures and the next attempt', async () => {
      await subscribe();
      await fail(1);
      expect((await relay.run('subscriptions')).output).toMatch(/ failed 1x, next try (in \d s|now) /);
    });
  });

  describe('waiting', () => {
    it('lists the events that the subscription selects, without their content', async () => {
      const id = await subscribe();
      expect((await relay.run(`waiting ${id}`)).output).toBe('No events are waiting for this subscription.');
      await fail(1);
      await relay.post('B', 'A', 'A');
      const { output } = await relay.run(`waiting ${id.slice(0, 8)} --limit 2`);
      expect(output.split('\n')).toEqual([
        expect.stringMatching(/^NUMBER +RECEIVED +AGE +ATTEMPTS +SIZE +EVENTS$/),
        expect.stringMatching(/^\d+ +\d{4}-\d\d-\d\dT[\d:]{8}Z +\d+ s +1 +\d+ B +A$/),
        expect.stringMatching(/ 0 +\d+ B +A$/),
        '... and 1 more. --limit shows up to 1000.',
      ]);
      const { events } = await relay.json(`waiting ${id}`);
      expect(events).toHaveLength(3);
      expect(JSON.stringify(events)).not.toContain('Lesson');
    });
  });

  it('reports a channel and a subscription that do not exist', async () => {
    const id = await subscribe();
    const failures: [string, string][] = [
      [`subscriptions ${OTHER_CHANNEL}`, 'This relay has no channel with this name.'],
      ['subscriptions a/b', 'This cannot be the name of a channel.'],
      ['subscriptions abc', 'Enter at least its first 4 characters'],
      ['waiting 00000000', 'This relay has no subscription with this id.'],
      ['waiting xyz', 'This cannot be the id of a subscription.'],
      [`redrive ${id}`, 'The subscription has no dead letters.'],
    ];
    for (const [command, message] of failures) {
      expect(await relay.run(command)).toEqual({ code: 1, output: expect.stringContaining(message) });
    }
  });

  it('prints no token, target URL, channel or content', async () => {
    const id = await subscribe();
    await fail(2);
    const commands = ['channels', 'subscriptions', `waiting ${id}`, `dead ${id}`];
    const outputs = await Promise.all(
      commands.flatMap((command) => [relay.run(command), relay.run(`${command} --json`)]),
    );
    const text = outputs.map(({ output }) => output).join('\n');
    for (const secret of [TOKEN, CHANNEL, 'secret-path', 'Lesson']) expect(text).not.toContain(secret);
  });
}

describe('commands to a relay with a SQLite file', () => {
  commandTests(() => Promise.resolve({ RELAY_SQLITE_PATH: join(folder.path, `${++count}`) }));
});

describeWithDatabase('commands to a relay with a PostgreSQL database', () => {
  let database: Awaited<ReturnType<typeof startTestDatabase>>;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());
  commandTests(async () => ({ RELAY_DATABASE_URL: await database.newSchema() }));
});
