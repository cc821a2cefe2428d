/** The operator's commands while the relay runs. The store contract tests their queries on both databases. */

import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { ZapDescription } from '../../wire/console-api.ts';
import { shortNameOf, targetNameOf } from '../short-name.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { startAdminRelay, type AdminRelay } from './admin-relay.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { describeWithDatabase } from './test-database.ts';

const NAME = shortNameOf(CHANNEL);
const DESCRIPTION = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
/** The Zap with this description, as commands and the log name it. */
const ZAP = { trigger: 'Lesson Completed', zap: '987654' };
const folder = temporaryFolder();
let count = 0;

describe('a command', () => {
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
      RELAY_SQLITE_PATH: join(folder, `${++count}`),
      RELAY_ADMIN_SOCKET: join(folder, `${++count}.sock`),
      RELAY_TARGET_ORIGINS: target.origin,
    };
    relay = await startAdminRelay(environment);
  });
  afterEach(async () => {
    await relay.stop();
    target.close();
  });

  const subscribe = (description?: ZapDescription) =>
    relay.subscribe(`${target.origin}/secret-path`, ['A'], description);
  const stateIs = async (text: string) => (await relay.rows('subscriptions'))[0]?.STATE?.includes(text) === true;

  /** Sends events with action `A` to a failing target until an attempt has failed. */
  async function fail(events: number): Promise<void> {
    status = 500;
    await relay.post(...Array.from({ length: events }, () => 'A'));
    await until(() => stateIs('failing'));
  }

  const linesWith = (message: string): unknown[] =>
    relay
      .logged()
      .split('\n')
      .filter((line) => line.includes(message))
      .map((line): unknown => JSON.parse(line));

  async function expectFailure(command: string, message: string): Promise<void> {
    expect(await relay.run(command)).toEqual({ code: 1, output: expect.stringContaining(message) });
  }

  it('channels lists every channel by its short name, with its waiting events', async () => {
    expect(await relay.run('channels')).toEqual({ code: 0, output: 'This relay has no channels.' });
    await subscribe();
    await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
    await fail(3);
    const { output, code } = await relay.run('channels');
    expect(code).toBe(0);
    expect(output).toMatch(/^CHANNEL +ZAPS +FAILING +PAUSED +WAITING +OLDEST +DEAD +REMEMBERED +STORED +LAST EVENT\n/);
    expect(output).toMatch(new RegExp(`^${NAME} +1 +1 +0 +3 +\\d+ s +0 +0 +[\\d.]+ kB +\\d+ s ago$`, 'm'));
    expect(output).toMatch(new RegExp(`^${shortNameOf(OTHER_CHANNEL)} +0 +0 +0 +0 +- +0 +0 +0 B +never$`, 'm'));
    expect((await relay.run(`forget ${NAME}`)).code).toBe(0);
    expect(relay.logged()).toMatch(new RegExp(`"command":"forget","channel":"${NAME}"`));
    expect((await relay.run('channels')).output.split('\n')).toHaveLength(2);
    expect(relay.logged()).not.toContain(CHANNEL);
  });

  describe('new-url', () => {
    const statusOf = async (path: string): Promise<number> => (await postWebhook(relay.url, bodyOf('A'), path)).status;
    async function shownPath(): Promise<string> {
      await callApi(relay.url, 'PUT', '/channel');
      return hookPath(relay.url);
    }

    it('issues another webhook URL, and lets the old one work for another day, or not at all', async () => {
      await subscribe();
      const old = await shownPath();
      const { code, output } = await relay.run(`new-url https://relay.example.com${old}`);
      expect(code).toBe(0);
      expect(output).toMatch(
        new RegExp(
          `^The channel ${NAME} has a new webhook URL\\. The old one works until \\d{4}-[^\n]+\nAsk the owner`,
        ),
      );
      const current = await shownPath();
      expect(current).not.toBe(old);
      await expectFailure(`new-url ${NAME}`, 'TutorCruncher may still use the old one.');
      expect([await statusOf(old), await statusOf(current)]).toEqual([202, 202]);

      expect((await relay.run(`new-url --now ${NAME}`)).output).toContain('The old one no longer works');
      const newest = await shownPath();
      expect([await statusOf(old), await statusOf(current), await statusOf(newest)]).toEqual([404, 404, 202]);
      expect(relay.logged()).toContain('An operator replaced the webhook URL of a channel.');
      for (const part of [old, current, newest].map((path) => path.split('/').at(-1) ?? '')) {
        expect(output).not.toContain(part);
        expect(relay.logged()).not.toContain(part);
      }
    });
  });

  describe('subscriptions', () => {
    it('lists the Zaps of all channels or of one channel, with their triggers, ids and failures', async () => {
      expect((await relay.run('subscriptions')).output).toBe('There are no subscriptions: no Zap is on.');
      const id = await subscribe(DESCRIPTION);
      await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
      const { output } = await relay.run('subscriptions');
      expect(output).toContain(targetNameOf(`${target.origin}/secret-path`));
      expect(output).toMatch(
        new RegExp(
          `^${id.slice(0, 8)} +${NAME} +987654 +Lesson Completed +0 +- +0 +ok +never +127\\.0\\.0\\.1:\\d+ #\\w{8} +A$`,
          'm',
        ),
      );
      for (const name of [NAME, CHANNEL, `https://relay.example.com/hooks/${CHANNEL}/`]) {
        expect(await relay.rows(`subscriptions ${name}`)).toHaveLength(1);
      }
      expect(await relay.rows(`subscriptions ${OTHER_CHANNEL}`)).toEqual([]);
      await fail(1);
      expect((await relay.run('subscriptions')).output).toMatch(
        / failing for \d s \(HTTP 500, 1x\), next try (in \d s|now) /,
      );
      expect(linesWith('A delivery attempt failed.')).toMatchObject([{ subscription: id, channel: NAME, ...ZAP }]);
    });

    it('shows a Zap that has responded with 410 and has not received all events', async () => {
      const id = await subscribe();
      status = 410;
      await relay.post('A');
      await until(() => stateIs('off for'));
      expect(await relay.rows('subscriptions')).toMatchObject([
        { SUBSCRIPTION: id.slice(0, 8), DEAD: '1', TARGET: '' },
      ]);
      expect((await relay.run(`dead ${id}`)).output).toMatch(/ ago +HTTP 410 +\d+ B +A$/);
      for (const command of ['redrive', 'skip', 'pause', 'resume']) {
        await expectFailure(`${command} ${id}`, 'The console can then send the dead letters to it.');
      }
      expect((await relay.run('subscriptions')).output).toMatch(
        / - +- +0 .* off for \d s \(410\); the console can send its events /,
      );
    });
  });

  it('waiting lists the events that the subscription selects, and prints no token, target URL, channel or content', async () => {
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
    expect(await relay.rows(`waiting ${id}`)).toHaveLength(3);
    const commands = ['channels', 'subscriptions', `waiting ${id}`, `dead ${id}`];
    const outputs = await Promise.all(commands.flatMap((text) => [relay.run(text), relay.run(`${text} --json`)]));
    const text = outputs.map((result) => result.output).join('\n');
    for (const secret of [TOKEN, CHANNEL, 'secret-path', 'Lesson']) expect(text).not.toContain(secret);

    const [, channels = '', , subscriptions = '', , waiting = '', , dead = ''] = outputs.map((result) => result.output);
    const time: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const line = { channel: NAME, subscriptions: 1, failing: 1, waiting: 3, oldest_waiting_at: time, dead_letters: 0 };
    expect(JSON.parse(channels)).toEqual({ channels: [expect.objectContaining(line)] });
    const subscription = { subscription: id, channel: NAME, zap: null, actions: ['A'], waiting: 3, paused_since: null };
    expect(JSON.parse(subscriptions)).toMatchObject({ subscriptions: [{ ...subscription, next_attempt_at: time }] });
    const event = { received_at: time, actions: ['A'], is_redriven: false };
    expect(JSON.parse(waiting)).toMatchObject({ subscription, events: [event, event, event] });
    expect(JSON.parse(dead)).toMatchObject({ subscription, events: [] });
    expect(JSON.parse((await relay.run(`pause ${id} --json`)).output)).toEqual({
      message: expect.stringMatching(/^Paused\./),
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
    for (const [command, message] of failures) await expectFailure(command, message);
  });

  it('pause and resume hold the events of a Zap, even across a restart of the relay', async () => {
    const id = await subscribe();
    expect(await relay.run(`pause ${id}`)).toEqual({
      code: 0,
      output: 'Paused. 0 events will wait until "resume". The pause does not count towards their age.',
    });
    await expectFailure(`pause ${id}`, 'The subscription is already paused.');
    await relay.post('A', 'A');
    await relay.stop();
    relay = await startAdminRelay(environment);
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
    await expectFailure(`resume ${id}`, 'The subscription is not paused.');
  });

  it('skip, dead and redrive give up the oldest event or the one with a number, list it, and deliver it again', async () => {
    const id = await subscribe(DESCRIPTION);
    await fail(3);
    const numbersOf = async (command: string) =>
      (await relay.rows(`${command} ${id}`)).map(({ NUMBER }) => Number(NUMBER));
    await expectFailure(`skip ${id} 9`, 'The event 9 is not waiting for this subscription.');
    expect(await relay.run(`skip ${id} x`)).toMatchObject({ code: 2 });
    expect((await relay.run(`pause ${id}`)).code).toBe(0);
    expect((await relay.run(`skip ${id} 2`)).output).toMatch(/^Event 2 was skipped\./);
    expect([await numbersOf('waiting'), await numbersOf('dead')]).toEqual([[1, 3], [2]]);
    expect(await relay.run(`skip ${id}`)).toEqual({
      code: 0,
      output: 'Event 1 was skipped. It is a dead letter now, so "redrive" can deliver it.',
    });
    status = 200;
    target.received.length = 0;
    expect((await relay.run(`resume ${id}`)).code).toBe(0);
    await until(() => target.received.length === 1);
    await until(async () => (await relay.rows('subscriptions'))[0]?.WAITING === '0');
    await expectFailure(`skip ${id}`, 'No events are waiting for this subscription, so there is nothing to skip.');
    expect((await relay.run(`dead ${id}`)).output.split('\n')).toEqual([
      expect.stringMatching(/^NUMBER +RECEIVED +AGE +GIVEN UP +REASON +SIZE +EVENTS$/),
      ...[1, 2].map((number) =>
        expect.stringMatching(new RegExp(`^${number} .* \\d+ s ago +skipped by the operator +\\d+ B +A$`)),
      ),
    ]);
    expect(await relay.run(`redrive ${id}`)).toEqual({
      code: 0,
      output: '2 dead letters will be delivered again. "dead" shows those that are left.',
    });
    await until(() => target.received.length === 3);
    await until(async () => (await relay.run(`dead ${id}`)).output === 'This subscription has no dead letters.');
    const repairs = [
      { command: 'pause', events: 3 },
      { command: 'skip', events: 1 },
      { command: 'skip', events: 1 },
      { command: 'resume', events: 1 },
      { command: 'redrive', events: 2 },
    ].map((repair) => ({ ...repair, channel: NAME, subscription: id, ...ZAP }));
    expect(linesWith('An operator changed the state')).toMatchObject(repairs);
  });
});

describeWithDatabase('commands to a relay with a PostgreSQL database', (database) => {
  it('reach the process that serves the channel through any other process', async () => {
    const target = await startTargetServer((response) => {
      response.statusCode = 500;
      response.end();
    });
    const attemptsOf = (path: string) => target.received.filter(({ url }) => url === path).length;
    const store = { RELAY_DATABASE_URL: await database.newSchema(), RELAY_TARGET_ORIGINS: target.origin };
    const socket = () => ({ RELAY_ADMIN_SOCKET: join(folder, `${++count}.sock`) });
    const one = await startAdminRelay({ ...store, ...socket() });
    const other = await startAdminRelay({ ...store, ...socket() });
    try {
      const id = await one.subscribe(`${target.origin}/x`);
      await one.post('A', 'A', 'A');
      await until(() => target.received.length > 0);
      // One of the two processes serves the channel and waits for its next attempt.
      expect((await one.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`skip ${id}`)).code).toBe(0);
      expect((await other.run(`pause ${id}`)).code).toBe(0);
      const state = expect.stringMatching(/^paused for /);
      expect(await one.rows('subscriptions')).toMatchObject([{ WAITING: '1', DEAD: '2', STATE: state }]);
      const attempts = attemptsOf('/x');
      // The next attempt would be due, and the channel is served: another subscription receives an event.
      const response = await callApi(one.url, 'GET', `/channel/subscriptions/${id}`);
      const { next_attempt_at } = (await response.json()) as { next_attempt_at: string };
      const dueAt = Date.parse(next_attempt_at);
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
