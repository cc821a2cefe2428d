/** The commands that change subscriptions and channels, sent to a running relay. */

import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { findActiveSubscription, skip } from '../../admin/change-commands.ts';
import { SECOND } from '../../harness/durations.ts';
import { callApi, hookPath, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { DESCRIPTION, NAME, OperatorBed, ZAP } from '../support/operator-bed.ts';
import { sqliteDatabases, StoreContext, T0 } from '../support/store-context.ts';

it('a command that affects a Zap reports that the Zap is off', async () => {
  const subscriptions = ['1234abcd', '9999abcd'].map((id) => ({
    channel: 'c',
    id,
    description: null,
    endedAt: id.startsWith('9999') ? 1 : null,
  }));
  const store = {
    channelsStartingWith: () => Promise.resolve([]),
    subscriptionsStartingWith: (start: string) =>
      Promise.resolve(subscriptions.filter(({ id }) => id.startsWith(start))),
  };
  expect(await findActiveSubscription(store, '1234a')).toMatchObject({ id: '1234abcd' });
  await expect(findActiveSubscription(store, '9999')).rejects.toThrow(
    /^The Zap is off, so its subscription has ended\. .* The console can then send the dead letters to it\.$/,
  );
});

describe('a command', () => {
  const bed = new OperatorBed();

  it('new-url issues another webhook URL, and the old URL works for another day, or not at all', async () => {
    const newPath = async (): Promise<string> => {
      await callApi(bed.relay.url, 'PUT', '/channel');
      return hookPath(bed.relay.url);
    };
    const statusesOf = async (...paths: readonly string[]) =>
      Promise.all(paths.map(async (path) => (await postWebhook(bed.relay.url, bodyOf('A'), path)).status));
    const old = await newPath();
    const { output } = await bed.relay.run(`new-url https://relay.example.com${old}`);
    expect(output.startsWith(`The channel ${NAME} has a new webhook URL. The old URL works until 20`)).toBe(true);
    expect(output).toContain('\nAsk the owner');
    const current = await newPath();
    expect(current).not.toBe(old);
    await bed.expectFailure(`new-url ${NAME}`, 'TutorCruncher may still use the old URL.');
    expect(await statusesOf(old, current)).toEqual([202, 202]);

    expect((await bed.relay.run(`new-url --now ${NAME}`)).output).toContain('The old URL no longer works');
    expect(await statusesOf(old, current)).toEqual([404, 404]);
    const newest = await newPath();
    expect(await statusesOf(old, current, newest)).toEqual([404, 404, 202]);
    expect(bed.relay.logged()).toContain('An operator replaced the webhook URL of a channel.');
    const shown = `${output}${bed.relay.logged()}`;
    for (const path of [old, current, newest]) expect(shown).not.toContain(path.split('/').at(-1));
  });

  it('forget says that deleted data stays in the write-ahead log while a read uses it', async () => {
    await bed.subscribe();
    const reader = new Database(bed.sqlitePath, { readonly: true });
    reader.exec('BEGIN; SELECT count(*) FROM channels');
    const { code, output } = await bed.relay.run(`forget ${CHANNEL}`);
    reader.close();
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^Deleted the channel \w+\. A long read keeps .* write-ahead log/),
    ]);
    expect((await bed.relay.run('channels')).output).toMatch(/^This relay has no channels\./);
    expect(bed.relay.logged()).toContain(`"command":"forget","channel":"${NAME}"`);
    expect(bed.relay.logged()).not.toContain(CHANNEL);
  });

  it('pause and resume hold the events of a Zap, even across a restart of the relay', async () => {
    const id = await bed.subscribe();
    const paused = 'Paused. 0 events will wait until "resume". The pause does not count towards their age.';
    await bed.expectOutput(`pause ${id}`, paused);
    await bed.expectFailure(`pause ${id}`, 'The subscription is already paused.');
    await bed.relay.post('A', 'A');
    await bed.restart();
    await bed.relay.post('A');
    expect((await bed.relay.run('subscriptions')).output).toMatch(/ 3 +\d+ s +0 +paused for \d+ s /);
    expect((await bed.relay.run('channels')).output).toMatch(new RegExp(`^${NAME} +1 +0 +1 +3 `, 'm'));
    const state = await (await callApi(bed.relay.url, 'GET', `/channel/subscriptions/${id}`)).json();
    expect(state).toMatchObject({ pending: 3, paused_since: expect.stringMatching(/^\d{4}-/) });
    expect(bed.target.received).toEqual([]);

    await bed.expectOutput(`resume ${id}`, 'Resumed. 3 waiting events will be delivered.');
    await until(() => bed.target.received.length === 3);
    await bed.expectFailure(`resume ${id}`, 'The subscription is not paused.');
  });

  it('skip, dead and redrive give up the oldest event or the event with a number, list it, and deliver it again', async () => {
    const id = await bed.subscribe(DESCRIPTION);
    await bed.expectFailure(`redrive ${id}`, 'The subscription has no dead letters.');
    await bed.fail(3);
    const numbersOf = async (command: string) =>
      (await bed.relay.rows(`${command} ${id}`)).map(({ NUMBER }) => Number(NUMBER));
    await bed.expectFailure(`skip ${id} 9`, 'Event 9 is not waiting for this subscription.');
    expect(await bed.relay.run(`skip ${id} x`)).toMatchObject({ code: 2 });
    expect((await bed.relay.run(`pause ${id}`)).code).toBe(0);
    expect((await bed.relay.run(`skip ${id} 2`)).output).toMatch(/^Event 2 was skipped\./);
    // The command must not skip the next event instead.
    await bed.expectFailure(`skip ${id} 2`, 'Event 2 is not waiting for this subscription.');
    expect([await numbersOf('waiting'), await numbersOf('dead')]).toEqual([[1, 3], [2]]);
    await bed.expectOutput(`skip ${id}`, 'Event 1 was skipped. It is a dead letter now, so "redrive" can deliver it.');
    bed.status = 200;
    bed.target.received.length = 0;
    expect((await bed.relay.run(`resume ${id}`)).code).toBe(0);
    await until(() => bed.target.received.length === 1);
    await until(async () => (await bed.relay.rows('subscriptions'))[0]?.WAITING === '0');
    await bed.expectFailure(`skip ${id}`, 'No events are waiting for this subscription, so there is nothing to skip.');
    expect((await bed.relay.run(`dead ${id}`)).output.split('\n')).toEqual([
      expect.stringMatching(/^NUMBER +RECEIVED +AGE +GIVEN UP +REASON +SIZE +EVENTS$/),
      ...[1, 2].map((number) =>
        expect.stringMatching(new RegExp(`^${number} .* \\d+ s ago +skipped by the operator +\\d+ B +A$`)),
      ),
    ]);
    const redriven = '2 dead letters will be delivered again. "dead" lists the dead letters that remain.';
    await bed.expectOutput(`redrive ${id}`, redriven);
    await until(() => bed.target.received.length === 3);
    await until(async () => (await bed.relay.run(`dead ${id}`)).output === 'This subscription has no dead letters.');
    const repairs = [
      { command: 'pause', events: 3 },
      { command: 'skip', events: 1 },
      { command: 'skip', events: 1 },
      { command: 'resume', events: 1 },
      { command: 'redrive', events: 2 },
    ].map((repair) => ({ ...repair, channel: NAME, subscription: id, ...ZAP }));
    expect(bed.linesWith('An operator changed the state', id)).toMatchObject(repairs);
  });
});

describe('skip', () => {
  const context = new StoreContext(sqliteDatabases());

  /**
   * Skips an event that a process has claimed for delivery. Returns the promise of the output, which resolves when the
   * process has saved a result.
   */
  async function skipHeld() {
    const { subscription, held, seq } = await context.ingestAndHold();
    const clock = new FakeClock(T0);
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const run = () => skip({ store: context.store, clock, log: silent }, { subscription: subscription.id });
    const output = run();
    await clock.settle();
    return { subscription, held, seq, clock, run, output };
  }

  it('says that the event was delivered in the meantime', async () => {
    const { subscription, held, clock, output } = await skipHeld();
    await context.pass(subscription, held);
    await clock.advance(SECOND);
    expect(await output).toBe('Event 1 was just delivered, so it was not skipped.');
  });

  it('says that the Zap was turned off in the meantime', async () => {
    const { subscription, clock, output } = await skipHeld();
    const failed = expect(output).rejects.toThrow('The Zap was just turned off, which ended the subscription.');
    await context.store.unsubscribe(CHANNEL, subscription.id, T0);
    await clock.advance(SECOND);
    await failed;
  });

  it('does not wait for a long attempt, and refuses another skip until the attempt ends', async () => {
    const { clock, run, output } = await skipHeld();
    await expect(run()).rejects.toThrow('An event is being delivered or skipped right now.');
    await clock.advance(25 * SECOND);
    expect(await output).toBe('Event 1 will be skipped when the attempt in progress ends.');
  });
});
