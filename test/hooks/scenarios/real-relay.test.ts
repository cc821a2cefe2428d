/** The path of an event from TutorCruncher's POST through a real relay to the record that a Zap receives. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { durationOf, shortestDuration } from '../../../relay/harness/shortest-duration.ts';
import { until } from '../../../relay/harness/until.ts';
import { webhookTriggers } from '../../../triggers/index.ts';
import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import { createAppHandler } from '../../support/app-tester.ts';
import { bundleWith, loadRelayApp } from '../../support/relay-app.ts';

const relay = await loadRelayApp();

/** Writes the operator's list of channels to a file. Returns the path of the file. */
function list(...channels: readonly string[]): string {
  const file = join(relay.folder, 'channels');
  writeFileSync(file, channels.join('\n'));
  return file;
}

beforeEach(async () => {
  relay.zaps.clear();
  await relay.startRelay();
});

describe('an app built for a relay', () => {
  it('subscribes and unsubscribes every webhook trigger by itself, without directions for the user', () => {
    for (const { definition } of webhookTriggers) {
      const trigger = relay.app.triggers[definition.key];
      expect(trigger?.display.directions).toBeUndefined();
      expect(trigger?.operation.performSubscribe).toBeInstanceOf(Function);
      expect(trigger?.operation.performUnsubscribe).toBeInstanceOf(Function);
    }
  });

  it("passes Zapier's offline validation", async () => {
    expect((await createAppHandler(relay.app)({ command: 'validate' })).results).toEqual([]);
  });

  it('delivers the events sent to one URL to the matching Zaps, until a Zap is turned off', async () => {
    const first = await relay.turnOn('lesson_completed');
    await relay.turnOn('tutor_created');
    expect(await relay.happens('lesson_completed')).toBe(202);
    expect(await relay.happens('tutor_created')).toBe(202);
    expect(await relay.happens('client_created')).toBe(202);
    await until(
      () => relay.recordsOf('lesson_completed').length === 1 && relay.recordsOf('tutor_created').length === 1,
    );
    expect(relay.recordsOf('lesson_completed')).toMatchObject([{ lesson_topic: 'Quadratic equations' }]);
    expect([...relay.zaps.keys()].sort()).toEqual(['lesson_completed', 'tutor_created']);

    // A Zap can be turned off after its connection has lost its key. Zapier sometimes repeats the request.
    await relay.turnOff('lesson_completed', first, '');
    await relay.turnOff('lesson_completed', first, '');
    expect(await relay.happens('lesson_completed', { extra_msg: 'again' })).toBe(202);
    expect(await relay.happens('tutor_created', { extra_msg: 'again' })).toBe(202);
    await until(() => relay.recordsOf('tutor_created').length === 2);
    expect(relay.recordsOf('lesson_completed')).toHaveLength(1);
  });

  it('delivers to New Event the chosen events, or all events except wellbeing concerns', async () => {
    await relay.turnOn('any_event', { actions: ['CREATED_A_TASK'] });
    await relay.happens('task_created');
    await relay.happens('note_added', { extra_msg: 'not chosen' });
    await until(() => (relay.zaps.get('any_event') ?? []).length === 1);
    const other = await relay.turnOn('any_event');
    await relay.happens('task_created', { action: 'RAISED_A_WELLBEING_CONCERN' });
    await relay.happens('task_created', { action: 'SOMETHING_NEW' });
    await until(() => (relay.zaps.get('any_event') ?? []).length === 2);
    await relay.turnOff('any_event', other);
    expect(relay.recordsOf('any_event').map(({ event_action }) => event_action)).toEqual([
      'CREATED_A_TASK',
      'SOMETHING_NEW',
    ]);
  });

  it('registers its channel when the connection is tested, which succeeds even while the relay is down', async () => {
    expect(await relay.call(relay.app.authentication.test, bundleWith())).toMatchObject({ name: 'Bristol Branch' });
    expect(await relay.happens('lesson_booked')).toBe(202);
    await relay.stopRelay();
    const testConnection = async () => {
      expect(await relay.call(relay.app.authentication.test, bundleWith())).toMatchObject({ name: 'Bristol Branch' });
    };
    expect(await shortestDuration(3000, () => durationOf(testConnection))).toBeLessThan(3000);
    expect((await relay.fieldOf('lesson_booked'))?.helpText).toMatch(
      /^The webhook URL cannot be shown, because the relay .* does not respond\. To try again, click/,
    );
    await expect(relay.turnOn('lesson_booked')).rejects.toThrow(
      /relay between TutorCruncher and Zapier does not respond/,
    );
  });

  it('offers received events for testing a Zap, or the sample if there are none', async () => {
    await relay.call(relay.app.authentication.test, bundleWith());
    const performList = (key: string) => relay.call(relay.app.triggers[key]?.operation.performList, bundleWith(), true);
    expect(await performList('student_created')).toMatchObject([{ student_name: 'Leo Raman', changes_known: false }]);
    await relay.happens('student_created', { extra_msg: 'real' });
    await relay.happens('student_created', { extra_msg: 'forged' }, 'the key of somebody else, who forges');
    expect(await performList('student_created')).toMatchObject([{ event_message: 'real', actor_name: 'Dana Mercer' }]);
    await relay.stopRelay();
    expect(await performList('student_created')).toMatchObject([{ student_name: 'Leo Raman', changes_known: false }]);
  });

  it('advises reconnecting if the private key is too short for a relay', async () => {
    const { performSubscribe } = relay.app.triggers.lesson_completed?.operation ?? {};
    const bundle = { authData: { private_key: 'short' }, targetUrl: `${relay.zapOrigin}/hooks/x` };
    await expect(relay.call(performSubscribe, bundle)).rejects.toThrow(
      /too short to be a private key of TutorCruncher.*Reconnect/,
    );
    expect(await relay.fieldOf('lesson_completed', 'short')).toBeUndefined();
  });

  it('reports that it was built for another origin, and shows no URL of that origin', async () => {
    const subscription = await relay.turnOn('task_created');
    const origin = 'https://relay.example.com';
    const webhookUrl = await relay.pastedUrl();
    await relay.stopRelay();
    await relay.changeStore((store) => store.replaceOrigin(origin));
    await relay.startRelay({ origin });
    await expect(relay.turnOn('task_created')).rejects.toThrow(
      /built for the relay at http:\/\/127\.0\.0\.1:\d+, but .* another address\. Ask the person who gave you/,
    );
    const field = await relay.fieldOf('task_created');
    expect(field?.helpText).toMatch(/^This app was built for the relay at/);
    expect(field?.helpText).not.toContain('/hooks/');
    // Zaps that are on still run, because webhooks to the old host name still reach the relay.
    const event = { extra_msg: 'at the old webhook URL' };
    expect(await relay.happens('task_created', event, PRIVATE_KEY, webhookUrl)).toBe(202);
    await until(() => relay.recordsOf('task_created').some(({ event_message }) => event_message === event.extra_msg));
    await relay.turnOff('task_created', subscription);
    await relay.stopRelay();
    await relay.changeStore((store) => store.replaceOrigin(relay.origin));
  });

  it("reports that the relay rejects a Zap's URL", async () => {
    const { performSubscribe } = relay.app.triggers.lesson_completed?.operation ?? {};
    const elsewhere = { ...bundleWith(), targetUrl: 'https://evil.example/x' };
    await expect(relay.call(performSubscribe, elsewhere)).rejects.toThrow(/The relay rejected this Zap's URL/);
  });

  describe('at a relay with another registration secret', () => {
    it('reports that the connection is not accepted, and does not turn off Zaps that are on', async () => {
      const subscription = await relay.turnOn('task_created');
      await relay.startRelay({ registrationSecrets: ['the-next-registration-secret'] });
      await relay.turnOn('note_added');
      await relay.turnOff('task_created', subscription);
      const stranger = {
        authData: { private_key: 'the-key-of-somebody-else-0123456789abcdef' },
        targetUrl: `${relay.zapOrigin}/x`,
      };
      await expect(relay.call(relay.app.triggers.note_added?.operation.performSubscribe, stranger)).rejects.toThrow(
        /does not accept this connection\. Ask the person who gave you this app/,
      );
    });

    it('shows a connection that the operator has removed in the editor, and lets its Zaps be turned off', async () => {
      const subscription = await relay.turnOn('task_created');
      await relay.startRelay({ registrationSecrets: [], channelsFile: list() });
      const channel = deriveChannel(deriveToken(PRIVATE_KEY, relay.origin));
      const { helpText = '' } = (await relay.fieldOf('task_created')) ?? {};
      expect(helpText).toMatch(/^The relay .* does not accept this connection\. Ask the person who gave you/);
      expect(helpText).toContain(`name of its channel:\n\n\`${channel}\`\n\nThen click **Refresh fields**`);
      expect(helpText).not.toContain('/hooks/');
      await relay.turnOff('task_created', subscription);
      await expect(relay.turnOn('task_created')).rejects.toThrow(/does not accept this connection/);
    });
  });

  it("shows the channel's name until the operator has listed it, and then the webhook URL", async () => {
    await relay.stopRelay();
    relay.deleteStore();
    const channel = deriveChannel(deriveToken(PRIVATE_KEY, relay.origin));
    // In both cases, the relay has no registration secret that matches the app's secret, so the relay does not register
    // the channel.
    for (const registrationSecrets of [[], ['another-registration-secret']]) {
      await relay.startRelay({ registrationSecrets, channelsFile: list() });
      expect((await relay.fieldOf('task_created'))?.helpText).toContain(`\n\n\`${channel}\`\n\n`);
    }
    await relay.startRelay({ registrationSecrets: [], channelsFile: list(channel) });
    expect(await relay.pastedUrl()).toMatch(new RegExp(`^${relay.origin}/hooks/${channel}/[0-9a-f]{32}$`));
    expect(await relay.happens('task_created')).toBe(202);
  });

  it('shows the new webhook URL after the old one was replaced, until TutorCruncher uses the new one', async () => {
    const relayOf = async (isImmediate: boolean) => {
      await relay.stopRelay();
      await relay.replaceUrl(isImmediate);
      await relay.startRelay();
    };
    const textOf = async () => (await relay.fieldOf('task_created'))?.helpText;
    const first = await relay.pastedUrl();
    expect(await relay.happens('task_created', {}, PRIVATE_KEY, first)).toBe(202);
    await relayOf(false);
    const second = await relay.pastedUrl();
    expect(second).not.toBe(first);
    expect(await textOf()).toMatch(/^TutorCruncher still uses the old URL, which stops working in 23 hours\./m);
    expect(await relay.happens('task_created', { extra_msg: 'old' }, PRIVATE_KEY, first)).toBe(202);
    expect(await textOf()).toContain('TutorCruncher still uses the old URL');
    expect(await relay.happens('task_created', { extra_msg: 'new' }, PRIVATE_KEY, second)).toBe(202);
    expect(await textOf()).not.toContain('old URL');
    await relayOf(true);
    expect(await textOf()).toMatch(/^TutorCruncher still uses the old URL, which no longer works\. Paste the/m);
    expect(await relay.happens('task_created', { extra_msg: 'late' }, PRIVATE_KEY, second)).toBe(404);
  });
});
