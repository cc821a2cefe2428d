/** The commands that list channels, subscriptions and events, sent to a running relay. */

import { describe, expect, it } from '@jest/globals';

import { shortNameOf, targetNameOf } from '../../short-name.ts';
import { callApi, hookPath, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { DESCRIPTION, NAME, OperatorBed, ZAP } from '../support/operator-bed.ts';

const bed = new OperatorBed();

describe('a command', () => {
  it('channels lists every channel by its short name, with its waiting events', async () => {
    await bed.expectOutput('channels', 'This relay has no channels.');
    await bed.subscribe();
    await callApi(bed.relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
    await bed.fail(3);
    const { output } = await bed.relay.run('channels');
    expect(output).toMatch(
      /^CHANNEL +ZAPS +FAILING +PAUSED +WAITING +OLDEST +DEAD +REMEMBERED +STORED +LAST EVENT +LAST REFUSAL\n/,
    );
    expect(output).toMatch(new RegExp(`^${NAME} +1 +1 +0 +3 +\\d+ s +0 +0 +[\\d.]+ kB +\\d+ s ago +-$`, 'm'));
    expect(output).toMatch(new RegExp(`^${shortNameOf(OTHER_CHANNEL)} +0 +0 +0 +0 +- +0 +0 +0 B +never +-$`, 'm'));
    expect(bed.relay.logged()).not.toContain(CHANNEL);
  });

  it('channels shows the last refusal of each channel, and the webhooks at unknown URLs', async () => {
    await bed.subscribe();
    const path = hookPath(bed.relay.url);
    const withoutSignature = await fetch(`${bed.relay.url}${path}`, { method: 'POST', body: 'x' });
    expect(withoutSignature.status).toBe(400);
    await until(async () => / \d+ s ago \(400 unsigned\)$/m.test((await bed.relay.run('channels')).output));
    const replaced = path.replace(/\w{32}$/, '0'.repeat(32));
    expect((await postWebhook(bed.relay.url, bodyOf('A'), replaced)).status).toBe(404);
    await until(async () => / \d+ s ago \(404 unregistered\)$/m.test((await bed.relay.run('channels')).output));

    const unknown = path.replace(CHANNEL, OTHER_CHANNEL);
    for (let webhook = 0; webhook < 2; webhook++) await postWebhook(bed.relay.url, bodyOf('A'), unknown);
    const { output } = await bed.relay.run('channels');
    expect(output).toMatch(
      new RegExp(
        `\n\nSince this process started \\d+ \\w+ ago, it has refused 2 webhooks at unknown URLs \\(404\\), most recently ` +
          `\\d+ s ago for the channel ${shortNameOf(OTHER_CHANNEL)}\\.$`,
      ),
    );
    const json = JSON.parse((await bed.relay.run('channels --json')).output) as object;
    expect(json).toMatchObject({
      channels: [{ last_refusal: 'unregistered', last_refusal_at: expect.stringMatching(/^20/) }],
      unknown_urls: { webhooks: 2, last_channel: shortNameOf(OTHER_CHANNEL), last_at: expect.stringMatching(/^20/) },
    });
    for (const text of [output, JSON.stringify(json)]) expect(text).not.toContain(OTHER_CHANNEL);
  });

  it('subscriptions lists the Zaps of all channels or of one channel, with their triggers, ids and failures', async () => {
    await bed.expectOutput('subscriptions', 'There are no subscriptions: no Zap is on.');
    const id = await bed.subscribe(DESCRIPTION);
    await callApi(bed.relay.url, 'PUT', '/channel', undefined, OTHER_TOKEN);
    const { output } = await bed.relay.run('subscriptions');
    const name = targetNameOf(`${bed.target.origin}/secret-path`);
    expect(output).toMatch(
      new RegExp(`^${id.slice(0, 8)} +${NAME} +987654 +Lesson Completed +0 +- +0 +ok +never +${name} +A$`, 'm'),
    );
    for (const channel of [NAME, CHANNEL, `https://relay.example.com/hooks/${CHANNEL}/`]) {
      expect(await bed.relay.rows(`subscriptions ${channel}`)).toHaveLength(1);
    }
    expect(await bed.relay.rows(`subscriptions ${OTHER_CHANNEL}`)).toEqual([]);
    await bed.fail(1);
    expect((await bed.relay.run('subscriptions')).output).toMatch(
      / failing for \d s \(HTTP 500, 1x\), next try (in \d s|now) /,
    );
    const failure = { subscription: id, channel: NAME, ...ZAP, reason: 'HTTP 500' };
    expect(bed.linesWith('A delivery attempt failed.', id)).toMatchObject([failure]);
    expect(bed.relay.logged()).not.toContain('secret-path');
  });

  it('subscriptions shows a Zap that has responded with 410 and has not received all events', async () => {
    const id = await bed.subscribe();
    bed.status = 410;
    await bed.relay.post('A');
    await until(() => bed.stateIs('off for'));
    expect(await bed.relay.rows('subscriptions')).toMatchObject([
      { SUBSCRIPTION: id.slice(0, 8), DEAD: '1', TARGET: '' },
    ]);
    const ended = { subscription: id, channel: NAME, trigger: null, zap: null, waiting: 1, deadLetters: 1 };
    expect(bed.linesWith('A Zap is off (410 Gone). Its subscription has ended', id)).toMatchObject([ended]);
    expect((await bed.relay.run(`dead ${id}`)).output).toMatch(/ ago +HTTP 410 +\d+ B +A$/);
    for (const command of ['redrive', 'skip', 'pause', 'resume']) {
      await bed.expectFailure(`${command} ${id}`, 'The console can then send the dead letters to it.');
    }
    expect((await bed.relay.run('subscriptions')).output).toMatch(
      / - +- +0 .* off for \d s \(HTTP 410\); the console can send its events /,
    );
  });

  it('subscriptions shows a Zap that was turned off while events were waiting for it', async () => {
    const id = await bed.subscribe();
    bed.status = 500;
    await bed.relay.post('A');
    await until(() => bed.stateIs('failing'));
    await bed.relay.unsubscribe(id);
    expect((await bed.relay.run('subscriptions')).output).toMatch(
      / off for \d s \(turned off\); the console can send /,
    );
    expect((await bed.relay.run(`dead ${id}`)).output).toMatch(/ ago +turned off +\d+ B +A$/);
  });

  it('subscriptions leaves out a Zap that is off and has received all events', async () => {
    const id = await bed.subscribe();
    await bed.relay.post('A');
    await until(() => bed.target.received.length === 1);
    await bed.relay.unsubscribe(id);
    await bed.expectOutput('subscriptions', 'There are no subscriptions: no Zap is on.');
  });

  it('subscriptions sorts Zaps by the wait of their oldest event, and then by their number of dead letters', async () => {
    const subscribe = (path: string, action: string) => bed.relay.subscribe(`${bed.target.origin}/${path}`, [action]);
    const few = await subscribe('few', 'B');
    const many = await subscribe('many', 'A');
    const waiting = await subscribe('waiting', 'A');
    bed.status = 500;
    await bed.relay.post('A', 'A', 'B');
    for (const id of [few, many, many]) expect((await bed.relay.run(`skip ${id}`)).output).toMatch(/ was skipped\./);
    const rows = await bed.relay.rows('subscriptions');
    expect(rows.map(({ SUBSCRIPTION }) => SUBSCRIPTION)).toEqual([waiting, many, few].map((id) => id.slice(0, 8)));
  });

  it('subscriptions and dead show a Zap that is redriven and fails, and the failures of a paused Zap', async () => {
    const id = await bed.subscribe();
    await bed.fail(2);
    expect((await bed.relay.run(`skip ${id}`)).code).toBe(0);
    expect((await bed.relay.run(`redrive ${id}`)).code).toBe(0);
    await until(async () => (await bed.relay.run(`dead ${id}`)).output.includes('(redriving)'));
    expect((await bed.relay.rows('subscriptions'))[0]?.STATE).toMatch(/^failing for .*, redriving$/);
    expect((await bed.relay.run(`pause ${id}`)).code).toBe(0);
    expect((await bed.relay.rows('subscriptions'))[0]?.STATE).toMatch(
      /^paused for \d+ s, failing for \d+ s \(HTTP 500, \d+x\), redriving$/,
    );
  });

  it('waiting lists the events that the subscription selects, and prints no token, target URL, channel or content', async () => {
    const id = await bed.subscribe();
    await bed.expectOutput(`waiting ${id}`, 'No events are waiting for this subscription.');
    await bed.fail(1);
    await bed.relay.post('B', 'A', 'A');
    const { output } = await bed.relay.run(`waiting ${id.slice(0, 8)} --limit 2`);
    expect(output.split('\n')).toEqual([
      expect.stringMatching(/^NUMBER +RECEIVED +AGE +ATTEMPTS +SIZE +EVENTS$/),
      expect.stringMatching(/^\d+ +\d{4}-\d\d-\d\dT[\d:]{8}Z +\d+ s +1 +\d+ B +A$/),
      expect.stringMatching(/ 0 +\d+ B +A$/),
      '... and 1 more. --limit shows up to 1000.',
    ]);
    expect(await bed.relay.rows(`waiting ${id}`)).toHaveLength(3);
    const commands = ['channels', 'subscriptions', `waiting ${id}`, `dead ${id}`];
    const outputs = await Promise.all(
      commands.flatMap((text) => [bed.relay.run(text), bed.relay.run(`${text} --json`)]),
    );
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
    expect(JSON.parse((await bed.relay.run(`pause ${id} --json`)).output)).toEqual({
      message: expect.stringMatching(/^Paused\./),
    });
  });
});
