/** The rotation of a private key with a relay, in the order that `docs/guide.md` describes. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, type ChannelStateResponse } from '../../wire/relay-api.ts';
import { until } from '../../relay/harness/until.ts';
import { PRIVATE_KEY as OLD_KEY } from '../support/helpers.ts';
import { bundleWith, loadRelayApp, NEW_KEY } from '../support/relay-app.ts';

const FIRST = 'lesson_completed';
const SECOND = 'task_created';

const relay = await loadRelayApp();
beforeAll(() => relay.startRelay());

async function channelOf(key: string): Promise<ChannelStateResponse> {
  const headers = { authorization: `Bearer ${deriveToken(key, relay.origin)}` };
  return (await (await fetch(`${relay.origin}${CHANNEL_PATH}`, { headers })).json()) as ChannelStateResponse;
}

/** Returns the names of the events for which a Zap has run, in order. */
const namesOf = (key: string): unknown[] => relay.recordsOf(key).map(({ event_message }) => event_message);

/** The webhook URL of each integration in TutorCruncher, by private key. Every event is sent to all of them. */
const integrations = new Map<string, string>();
/** The data that Zapier keeps about each Zap that is on. */
const subscriptions = new Map<string, object>();

async function turnOn(trigger: string): Promise<void> {
  subscriptions.set(trigger, await relay.turnOn(trigger));
}

/** Causes one event for each Zap's trigger. */
async function happen(name: string): Promise<void> {
  for (const trigger of [FIRST, SECOND]) {
    for (const [key, url] of integrations) {
      expect(await relay.happens(trigger, { extra_msg: name }, key, url)).toBe(202);
    }
  }
}

/**
 * Switches a Zap to the new connection. Zapier turns the Zap off and on again, and the connection already has the new
 * key when Zapier unsubscribes the Zap.
 */
async function switchZap(trigger: string, whileOff: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  relay.keys.set(trigger, NEW_KEY);
  await relay.turnOff(trigger, subscriptions.get(trigger) ?? {});
  await whileOff();
  await turnOn(trigger);
}

describe('rotating the private key', () => {
  it('loses only events that happen while a Zap is off, and repeats none', async () => {
    integrations.set(OLD_KEY, await relay.pastedUrl(OLD_KEY));
    for (const trigger of [FIRST, SECOND]) await turnOn(trigger);
    await happen('with the old connection');

    // A second integration, and a connection with its key. The connection's test makes the relay store its events.
    await relay.call(relay.app.authentication.test, bundleWith(NEW_KEY));
    integrations.set(NEW_KEY, await relay.pastedUrl(NEW_KEY));
    expect(integrations.get(NEW_KEY)).not.toBe(integrations.get(OLD_KEY));
    await happen('with both integrations');

    // An event is waiting for the first Zap, which must be switched later.
    relay.failing.add(FIRST);
    await happen('while the first Zap fails');
    await until(() => namesOf(SECOND).length === 3);
    await switchZap(SECOND);
    await happen('after switching the second Zap');
    expect((await channelOf(OLD_KEY)).subscriptions).toMatchObject([{ pending: 2 }]);
    relay.failing.delete(FIRST);
    await until(() => namesOf(FIRST).length === 4);
    expect((await channelOf(OLD_KEY)).subscriptions).toMatchObject([{ pending: 0 }]);
    await switchZap(FIRST, () => happen('while the first Zap is off'));
    await happen('after switching the first Zap');

    expect((await channelOf(OLD_KEY)).subscriptions).toEqual([]);
    integrations.delete(OLD_KEY);
    await happen('without the old integration');

    const all = [
      'with the old connection',
      'with both integrations',
      'while the first Zap fails',
      'after switching the second Zap',
      'while the first Zap is off',
      'after switching the first Zap',
      'without the old integration',
    ];
    await until(() => namesOf(SECOND).length === all.length && namesOf(FIRST).length === all.length - 1);
    expect(namesOf(SECOND)).toEqual(all);
    expect(namesOf(FIRST)).toEqual(all.filter((name) => name !== 'while the first Zap is off'));
    expect([...relay.zaps.values()].flat().filter((outcome) => 'error' in outcome)).toEqual([]);
  });
});
