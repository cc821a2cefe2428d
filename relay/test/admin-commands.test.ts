/** The operator's commands, on both stores, while the relay runs. */

import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { shortNameOf, targetNameOf } from '../short-name.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';
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

  /** Sends events with action `A` to a failing target until an attempt has failed. */
  async function fail(events: number): Promise<void> {
    status = 500;
    await relay.post(...Array.from({ length: events }, () => 'A'));
    await until(async () => Number((await subscriptions())[0]?.failures) > 0);
  }

  describe('channels', () => {
    it('lists every channel by its short name, with its waiting events', async () => {
      expect(await relay.run('channels')).toEqual({ code: 0, output: 'This relay has no channels.' });
      await subscribe();
      await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
      await fail(3);
      const { output, code } = await relay.run('channels');
      expect(code).toBe(0);
      expect(output).toMatch(
        /^CHANNEL +ZAPS +FAILING +PAUSED +WAITING +OLDEST +DEAD +REMEMBERED +STORED +LAST EVENT\n/,
      );
      expect(output).toMatch(new RegExp(`^${NAME} +1 +1 +0 +3 +\\d+ s +0 +0 +[\\d.]+ kB +\\d+ s ago$`, 'm'));
      expect(output).toMatch(new RegExp(`^${shortNameOf(OTHER_CHANNEL)} +0 +0 +0 +0 +- +0 +0 +0 B +never$`, 'm'));
      const { channels } = await relay.json('channels');
      expect(channels).toContainEqual(
        expect.objectContaining({
          channel: NAME,
          subscriptions: 1,
          failing: 1,
          waiting: 3,
          dead_letters: 0,
          remembered: 0,
        }),
      );
    });
  });

  describe('new-url', () => {
    const statusOf = async (path: string): Promise<number> => (await postWebhook(relay.url, bodyOf('A'), path)).status;
    /** Returns the path of the URL that the relay shows to the connector. */
    async function shownPath(): Promise<string> {
      await callApi(relay.url, 'PUT', '/channel');
      return hookPath(relay.url);
    }

    it('issues another webhook URL, and lets the old one work for another day', async () => {
      await subscribe();
      const old = await shownPath();
      expect(await statusOf(old)).toBe(202);
      const { code, output } = await relay.run(`new-url https://relay.example.com${old}`);
      expect(output).toMatch(
        new RegExp(
          `^The channel ${NAME} has a new webhook URL\\. The old one works until \\d{4}-[^\n]+\nAsk the owner`,
        ),
      );
      expect(code).toBe(0);
      const current = await shownPath();
      expect(current).not.toBe(old);
      expect([await statusOf(old), await statusOf(current)]).toEqual([202, 202]);
      expect(await relay.run(`new-url ${NAME}`)).toEqual({
        code: 1,
        output: expect.stringContaining('TutorCruncher may still use the old one.'),
      });
      expect([await statusOf(old), await statusOf(current)]).toEqual([202, 202]);
      for (const part of [old, current].map((path) => path.split('/').at(-1) ?? '')) {
        expect(output).not.toContain(part);
        expect(relay.logged).not.toContain(part);
      }
    });

    it('ends the old URL immediately with --now', async () => {
      await subscribe();
      const first = await shownPath();
      await relay.run(`new-url ${NAME}`);
      const second = await shownPath();
      expect((await relay.run(`new-url --now ${NAME}`)).output).toContain('The old one no longer works');
      expect([await statusOf(first), await statusOf(second), await statusOf(await shownPath())]).toEqual([
        404, 404, 202,
      ]);
      expect(relay.logged).toContain('An operator replaced the webhook URL of a channel.');
      expect(await relay.json(`new-url --now ${NAME}`)).toEqual({
        channel: NAME,
        old_url_works_until: null,
      });
    });
  });

  describe('subscriptions', () => {
    it('lists the subscriptions of all channels or of one channel', async () => {
      expect((await relay.run('subscriptions')).output).toBe('There are no subscriptions: no Zap is on.');
      const id = await subscribe();
      await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
      const { output } = await relay.run('subscriptions');
      expect(output).toContain(targetNameOf(`${target.origin}/secret-path`));
      expect(output).toMatch(
        new RegExp(`^${id.slice(0, 8)} +${NAME} +- +- +0 +- +0 +ok +never +127\\.0\\.0\\.1:\\d+ #\\w{8} +A$`, 'm'),
      );
      expect(await subscriptions()).toMatchObject([{ subscription: id, channel: NAME, actions: ['A'], waiting: 0 }]);
      for (const name of [NAME, CHANNEL, `https://relay.example.com/hooks/${CHANNEL}/`]) {
        expect((await relay.json(`subscriptions ${name}`)).subscriptions).toHaveLength(1);
      }
      expect((await relay.json(`subscriptions ${OTHER_CHANNEL}`)).subscriptions).toEqual([]);
    });

    it('shows the trigger and the id of each Zap, as the log does', async () => {
      status = 500;
      const description = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
      const id = await relay.subscribe(`${target.origin}/x`, ['A'], description);
      const zap = { subscription: id, trigger: 'Lesson Completed', zap: '987654' };
      expect((await relay.run('subscriptions')).output).toMatch(
        new RegExp(`^${id.slice(0, 8)} +${NAME} +987654 +Lesson Completed +0 `, 'm'),
      );
      expect(await subscriptions()).toMatchObject([zap]);
      await fail(1);
      const logOf = (message: string) => relay.logged.split('\n').find((line) => line.includes(message)) ?? '{}';
      expect(JSON.parse(logOf('A delivery attempt failed.'))).toMatchObject(zap);
      await relay.run(`pause ${id}`);
      expect(JSON.parse(logOf('An operator changed the state'))).toMatchObject({ command: 'pause', ...zap });
    });

    it('shows a Zap that has responded with 410 and has not received all events', async () => {
      const id = await subscribe();
      status = 410;
      await relay.post('A');
      await until(async () => (await subscriptions())[0]?.ended_at !== null);
      expect(await subscriptions()).toMatchObject([{ subscription: id, dead_letters: 1, target: '' }]);
      expect((await relay.run('subscriptions')).output).toMatch(
        / off for \d s \(410\); the console can send its events /,
      );
    });

    it('shows failures and the next attempt', async () => {
      await subscribe();
      await fail(1);
      expect((await relay.run('subscriptions')).output).toMatch(
        / failing for \d s \(HTTP 500, 1x\), next try (in \d s|now) /,
      );
    });
  });

  describe('skip', () => {
    it('makes the event with a number a dead letter, and keeps the order of the others', async () => {
      const id = await subscribe();
      await fail(3);
      expect((await relay.run(`skip ${id} 9`)).output).toMatch(/^The event 9 is not waiting for this subscription\./);
      expect(await relay.run(`skip ${id} x`)).toMatchObject({ code: 2 });
      expect((await relay.run(`skip ${id} 2`)).output).toMatch(/^Event 2 was skipped\./);
      const numbersOf = async (command: string) =>
        ((await relay.json(`${command} ${id}`)).events as { number: number }[]).map(({ number }) => number);
      expect([await numbersOf('waiting'), await numbersOf('dead')]).toEqual([[1, 3], [2]]);
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
      ['subscriptions a/b', 'This is not the name of a channel.'],
      ['subscriptions abc', 'Enter at least the first 4 characters'],
      ['waiting 00000000', 'This relay has no subscription with this id.'],
      ['waiting xyz', 'This is not the id of a subscription.'],
      [`redrive ${id}`, 'The subscription has no dead letters.'],
    ];
    for (const [command, message] of failures) {
      expect(await relay.run(command)).toEqual({ code: 1, output: expect.stringContaining(message) });
    }
  });

  describe('pause and resume', () => {
    it('hold the events of a Zap, even across a restart of the relay', async () => {
      const id = await subscribe();
      expect(await relay.run(`pause ${id}`)).toEqual({
        code: 0,
        output: 'Paused. 0 events will wait until "resume". The pause does not count towards their age.',
      });
      expect(await relay.run(`pause ${id}`)).toEqual({ code: 1, output: 'The subscription is already paused.' });
      await relay.post('A', 'A');
      await relay.stop();
      relay = await AdminRelay.start(environment);
      await relay.post('A');
      expect((await relay.run('subscriptions')).output).toMatch(/ 3 +\d+ s +0 +paused for \d+ s /);
      expect((await relay.run('channels')).output).toMatch(new RegExp(`^${NAME} +1 +0 +1 +3 `, 'm'));
      const state = await (await callApi(relay.url, 'GET', `/channel/subscriptions/${id}`)).json();
      expect(state).toMatchObject({ pending: 3, paused_since: expect.stringMatching(/^\d{4}-/) });
      expect(target.received).toEqual([]);

      expect(await relay.run(`resume ${id}`)).toEqual({
        code: 0,
        output: 'Resumed. 3 waiting events will be delivered.',
      });
      await until(() => target.received.length === 3);
      expect(await relay.run(`resume ${id}`)).toEqual({
        code: 1,
        output: expect.stringContaining('The subscription is not paused.'),
      });
    });
  });

  describe('skip, dead and redrive', () => {
    it('skip the oldest event of a failing Zap, list it, and deliver it again', async () => {
      const id = await subscribe();
      await fail(2);
      const [oldest] = (await relay.json(`waiting ${id}`)).events as { number: number }[];
      expect((await relay.run(`pause ${id}`)).code).toBe(0);
      expect(await relay.run(`skip ${id}`)).toEqual({
        code: 0,
        output: `Event ${oldest?.number} was skipped. It is a dead letter now, so "redrive" can deliver it.`,
      });
      status = 200;
      target.received.length = 0;
      expect((await relay.run(`resume ${id}`)).code).toBe(0);
      await until(() => target.received.length === 1);
      await until(async () => (await subscriptions())[0]?.waiting === 0);
      expect(await relay.run(`skip ${id}`)).toEqual({
        code: 1,
        output: 'No events are waiting for this subscription, so there is nothing to skip.',
      });
      expect((await relay.run(`dead ${id}`)).output.split('\n')).toEqual([
        expect.stringMatching(/^NUMBER +RECEIVED +AGE +GIVEN UP +REASON +SIZE +EVENTS$/),
        expect.stringMatching(new RegExp(`^${oldest?.number} .* \\d+ s ago +skipped by the operator +\\d+ B +A$`)),
      ]);
      expect((await relay.json(`dead ${id}`)).events).toMatchObject([
        { number: oldest?.number, reason: 'skipped by the operator', is_redriven: false },
      ]);

      expect(await relay.run(`redrive ${id}`)).toEqual({
        code: 0,
        output: '1 dead letter will be delivered again. "dead" shows those that are left.',
      });
      await until(() => target.received.length === 2);
      await until(async () => (await relay.run(`dead ${id}`)).output === 'This subscription has no dead letters.');
    });
  });

  it('logs every repair with the names of its channel and subscription', async () => {
    const id = await subscribe();
    await fail(1);
    for (const command of ['pause', 'skip', 'resume', 'redrive']) {
      expect((await relay.run(`${command} ${id}`)).code).toBe(0);
      const line = { command, channel: NAME, subscription: id, events: 1 };
      const logged = relay.logged
        .split('\n')
        .filter((text) => text.includes('An operator changed the state of a subscription.'));
      expect(JSON.parse(logged.at(-1) ?? '')).toMatchObject(command === 'resume' ? { ...line, events: 0 } : line);
    }
    expect((await relay.run(`forget ${NAME}`)).code).toBe(0);
    expect(relay.logged).toMatch(new RegExp(`"command":"forget","channel":"${NAME}"`));
    expect(await relay.run('channels')).toEqual({ code: 0, output: 'This relay has no channels.' });
    expect(relay.logged).not.toContain(CHANNEL);
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

  it('reach the process that serves the channel through any other process', async () => {
    const target = await startTargetServer((response) => {
      response.statusCode = 500;
      response.end();
    });
    const attemptsOf = (path: string) => target.received.filter(({ url }) => url === path).length;
    const store = { RELAY_DATABASE_URL: await database.newSchema(), RELAY_TARGET_ORIGINS: target.origin };
    const socket = () => ({ RELAY_ADMIN_SOCKET: join(folder.path, `${++count}.sock`) });
    const one = await AdminRelay.start({ ...store, ...socket() });
    const other = await AdminRelay.start({ ...store, ...socket() });
    try {
      const id = await one.subscribe(`${target.origin}/x`);
      await one.post('A', 'A', 'A');
      await until(() => target.received.length > 0);
      // One of the two processes serves the channel and waits for its next attempt.
      expect((await one.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`pause ${id}`)).code).toBe(0);
      const subscriptions = (await one.json('subscriptions')).subscriptions as Record<string, unknown>[];
      expect(subscriptions).toMatchObject([{ waiting: 1, dead_letters: 2, paused_since: expect.any(String) }]);
      const attempts = attemptsOf('/x');
      // The next attempt would be due, and the channel is served: another subscription receives an event.
      const dueAt = Date.parse(String(subscriptions[0]?.next_attempt_at));
      await until(() => Date.now() > dueAt);
      await one.subscribe(`${target.origin}/y`, ['B']);
      await one.post('B');
      await until(() => attemptsOf('/y') > 0);
      // An attempt may have been in flight during the pause.
      expect(attemptsOf('/x')).toBeLessThanOrEqual(attempts + 1);
    } finally {
      await one.stop();
      await other.stop();
      target.close();
    }
  });
});
