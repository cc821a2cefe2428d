/** The operator's commands while the relay runs. The store contract tests their queries on both databases. */

import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import type { ZapDescription } from '../../../wire/console-api.ts';
import { shortNameOf, targetNameOf } from '../../short-name.ts';
import { callApi, hookPath, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../../harness/sample-delivery.ts';
import { startTargetServer } from '../../harness/target-server.ts';
import { until } from '../../harness/until.ts';
import { startAdminRelay, type AdminRelay } from '../support/admin-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const NAME = shortNameOf(CHANNEL);
const DESCRIPTION = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
/** The names that commands and the log show for the Zap with this description. */
const ZAP = { trigger: 'Lesson Completed', zap: '987654' };
const folder = temporaryFolder();
let status: number;
const target = await startTargetServer((response) => {
  response.statusCode = status;
  response.end();
});
afterAll(() => {
  target.close();
});
beforeEach(() => {
  status = 200;
  target.received.length = 0;
});

describe('a command', () => {
  const environment = {
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_ADMIN_SOCKET: join(folder, 'relay.sock'),
    RELAY_TARGET_ORIGINS: target.origin,
  };
  let relay: AdminRelay;
  beforeAll(async () => {
    relay = await startAdminRelay(environment);
  });
  afterEach(async () => {
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await relay.run(`forget ${channel}`);
  });
  afterAll(() => relay.stop());

  const subscribe = (description?: ZapDescription) =>
    relay.subscribe(`${target.origin}/secret-path`, ['A'], description);
  const stateIs = async (text: string) => (await relay.rows('subscriptions'))[0]?.STATE?.includes(text) === true;

  /** Sends events with action `A` to a failing target until an attempt has failed. */
  async function fail(events: number): Promise<void> {
    status = 500;
    await relay.post(...Array.from({ length: events }, () => 'A'));
    await until(() => stateIs('failing'));
  }

  /** Returns the lines of the log with a message about a subscription. */
  const linesWith = (message: string, id: string): unknown[] =>
    relay
      .logged()
      .split('\n')
      .filter((line) => line.includes(message) && line.includes(id))
      .map((line): unknown => JSON.parse(line));

  async function expectFailure(command: string, message: string): Promise<void> {
    expect(await relay.run(command)).toEqual({ code: 1, output: expect.stringContaining(message) });
  }
  async function expectOutput(command: string, output: string): Promise<void> {
    expect(await relay.run(command)).toEqual({ code: 0, output });
  }

  it('channels lists every channel by its short name, with its waiting events', async () => {
    await expectOutput('channels', 'This relay has no channels.');
    await subscribe();
    await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
    await fail(3);
    const { output } = await relay.run('channels');
    expect(output).toMatch(
      /^CHANNEL +ZAPS +FAILING +PAUSED +WAITING +OLDEST +DEAD +REMEMBERED +STORED +LAST EVENT +LAST REFUSAL\n/,
    );
    expect(output).toMatch(new RegExp(`^${NAME} +1 +1 +0 +3 +\\d+ s +0 +0 +[\\d.]+ kB +\\d+ s ago +-$`, 'm'));
    expect(output).toMatch(new RegExp(`^${shortNameOf(OTHER_CHANNEL)} +0 +0 +0 +0 +- +0 +0 +0 B +never +-$`, 'm'));
    expect(relay.logged()).not.toContain(CHANNEL);
  });

  it('channels shows the last refusal of each channel, and the webhooks at unknown URLs', async () => {
    await subscribe();
    const path = hookPath(relay.url);
    const withoutSignature = await fetch(`${relay.url}${path}`, { method: 'POST', body: 'x' });
    expect(withoutSignature.status).toBe(400);
    await until(async () => / \d+ s ago \(400 unsigned\)$/m.test((await relay.run('channels')).output));
    const replaced = path.replace(/\w{32}$/, '0'.repeat(32));
    expect((await postWebhook(relay.url, bodyOf('A'), replaced)).status).toBe(404);
    await until(async () => / \d+ s ago \(404 unregistered\)$/m.test((await relay.run('channels')).output));

    const unknown = path.replace(CHANNEL, OTHER_CHANNEL);
    for (let webhook = 0; webhook < 2; webhook++) await postWebhook(relay.url, bodyOf('A'), unknown);
    const { output } = await relay.run('channels');
    expect(output).toMatch(
      new RegExp(
        `\n\nSince this process started \\d+ \\w+ ago, it has refused 2 webhooks at unknown URLs \\(404\\), the last one ` +
          `\\d+ s ago for the channel ${shortNameOf(OTHER_CHANNEL)}\\.$`,
      ),
    );
    const json = JSON.parse((await relay.run('channels --json')).output) as object;
    expect(json).toMatchObject({
      channels: [{ last_refusal: 'unregistered', last_refusal_at: expect.stringMatching(/^20/) }],
      unknown_urls: { webhooks: 2, last_channel: shortNameOf(OTHER_CHANNEL), last_at: expect.stringMatching(/^20/) },
    });
    for (const text of [output, JSON.stringify(json)]) expect(text).not.toContain(OTHER_CHANNEL);
  });

  it('new-url issues another webhook URL, and lets the old one work for another day, or not at all', async () => {
    const newPath = async (): Promise<string> => {
      await callApi(relay.url, 'PUT', '/channel');
      return hookPath(relay.url);
    };
    const statusesOf = async (...paths: readonly string[]) =>
      Promise.all(paths.map(async (path) => (await postWebhook(relay.url, bodyOf('A'), path)).status));
    const old = await newPath();
    const { output } = await relay.run(`new-url https://relay.example.com${old}`);
    expect(output.startsWith(`The channel ${NAME} has a new webhook URL. The old one works until 20`)).toBe(true);
    expect(output).toContain('\nAsk the owner');
    const current = await newPath();
    expect(current).not.toBe(old);
    await expectFailure(`new-url ${NAME}`, 'TutorCruncher may still use the old one.');
    expect(await statusesOf(old, current)).toEqual([202, 202]);

    expect((await relay.run(`new-url --now ${NAME}`)).output).toContain('The old one no longer works');
    const newest = await newPath();
    expect(await statusesOf(old, current, newest)).toEqual([404, 404, 202]);
    expect(relay.logged()).toContain('An operator replaced the webhook URL of a channel.');
    const shown = `${output}${relay.logged()}`;
    for (const path of [old, current, newest]) expect(shown).not.toContain(path.split('/').at(-1));
  });

  it('subscriptions lists the Zaps of all channels or of one channel, with their triggers, ids and failures', async () => {
    await expectOutput('subscriptions', 'There are no subscriptions: no Zap is on.');
    const id = await subscribe(DESCRIPTION);
    await callApi(relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
    const { output } = await relay.run('subscriptions');
    const name = targetNameOf(`${target.origin}/secret-path`);
    expect(output).toMatch(
      new RegExp(`^${id.slice(0, 8)} +${NAME} +987654 +Lesson Completed +0 +- +0 +ok +never +${name} +A$`, 'm'),
    );
    for (const channel of [NAME, CHANNEL, `https://relay.example.com/hooks/${CHANNEL}/`]) {
      expect(await relay.rows(`subscriptions ${channel}`)).toHaveLength(1);
    }
    expect(await relay.rows(`subscriptions ${OTHER_CHANNEL}`)).toEqual([]);
    await fail(1);
    expect((await relay.run('subscriptions')).output).toMatch(
      / failing for \d s \(HTTP 500, 1x\), next try (in \d s|now) /,
    );
    const failure = { subscription: id, channel: NAME, ...ZAP, reason: 'HTTP 500' };
    expect(linesWith('A delivery attempt failed.', id)).toMatchObject([failure]);
    expect(relay.logged()).not.toContain('secret-path');
  });

  it('subscriptions shows a Zap that has responded with 410 and has not received all events', async () => {
    const id = await subscribe();
    status = 410;
    await relay.post('A');
    await until(() => stateIs('off for'));
    expect(await relay.rows('subscriptions')).toMatchObject([{ SUBSCRIPTION: id.slice(0, 8), DEAD: '1', TARGET: '' }]);
    const ended = { subscription: id, channel: NAME, trigger: null, zap: null, waiting: 1, deadLetters: 1 };
    expect(linesWith('A Zap is off (410 Gone). Its subscription has ended', id)).toMatchObject([ended]);
    expect((await relay.run(`dead ${id}`)).output).toMatch(/ ago +HTTP 410 +\d+ B +A$/);
    for (const command of ['redrive', 'skip', 'pause', 'resume']) {
      await expectFailure(`${command} ${id}`, 'The console can then send the dead letters to it.');
    }
    expect((await relay.run('subscriptions')).output).toMatch(
      / - +- +0 .* off for \d s \(HTTP 410\); the console can send its events /,
    );
  });

  it('subscriptions shows a Zap that was turned off while events were waiting for it', async () => {
    const id = await subscribe();
    status = 500;
    await relay.post('A');
    await until(() => stateIs('failing'));
    await relay.unsubscribe(id);
    expect((await relay.run('subscriptions')).output).toMatch(/ off for \d s \(turned off\); the console can send /);
    expect((await relay.run(`dead ${id}`)).output).toMatch(/ ago +turned off +\d+ B +A$/);
  });

  it('waiting lists the events that the subscription selects, and prints no token, target URL, channel or content', async () => {
    const id = await subscribe();
    await expectOutput(`waiting ${id}`, 'No events are waiting for this subscription.');
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
    expect(JSON.parse(channels)).toMatchObject({ channels: [line] });
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

  it('forget tells that deleted data stays in the write-ahead log while a read uses it', async () => {
    await subscribe();
    const reader = new Database(environment.RELAY_SQLITE_PATH, { readonly: true });
    reader.exec('BEGIN; SELECT count(*) FROM channels');
    const { code, output } = await relay.run(`forget ${NAME}`);
    reader.close();
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^Deleted the channel \w+\. A long read keeps .* write-ahead log/),
    ]);
    expect((await relay.run('channels')).output).toMatch(/^This relay has no channels\./);
  });

  it('pause and resume hold the events of a Zap, even across a restart of the relay', async () => {
    const id = await subscribe();
    const paused = 'Paused. 0 events will wait until "resume". The pause does not count towards their age.';
    await expectOutput(`pause ${id}`, paused);
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

    await expectOutput(`resume ${id}`, 'Resumed. 3 waiting events will be delivered.');
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
    // The next event must not be skipped in its place.
    await expectFailure(`skip ${id} 2`, 'The event 2 is not waiting for this subscription.');
    expect([await numbersOf('waiting'), await numbersOf('dead')]).toEqual([[1, 3], [2]]);
    await expectOutput(`skip ${id}`, 'Event 1 was skipped. It is a dead letter now, so "redrive" can deliver it.');
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
    const redriven = '2 dead letters will be delivered again. "dead" shows those that are left.';
    await expectOutput(`redrive ${id}`, redriven);
    await until(() => target.received.length === 3);
    await until(async () => (await relay.run(`dead ${id}`)).output === 'This subscription has no dead letters.');
    const repairs = [
      { command: 'pause', events: 3 },
      { command: 'skip', events: 1 },
      { command: 'skip', events: 1 },
      { command: 'resume', events: 1 },
      { command: 'redrive', events: 2 },
    ].map((repair) => ({ ...repair, channel: NAME, subscription: id, ...ZAP }));
    expect(linesWith('An operator changed the state', id)).toMatchObject(repairs);
  });
});
