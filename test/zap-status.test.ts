/** The status that the owner of a Zap reads in the trigger, with a real relay. */

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { durationOf, shortestDuration } from '../relay/harness/shortest-duration.ts';
import { until } from '../relay/harness/until.ts';
import { loadRelayApp, NEW_KEY, type RelayApp } from './relay-app.ts';

/** The longest help text that Zapier accepts. */
const MAX_HELP_TEXT = 1000;

/** Matches the link to the console at the end. */
const LINK = /\n\n\[See what happened to each event\].*$/;

let relay: RelayApp;

beforeAll(async () => {
  relay = await loadRelayApp();
});
afterAll(() => {
  relay.close();
});
beforeEach(() => relay.startRelay());
afterEach(async () => {
  await relay.stopRelay();
  relay.deleteStore();
  relay.failing.clear();
  relay.zaps.clear();
});

/** The text that replaces the webhook URL and the status while the relay does not respond. */
const UNAVAILABLE = /the relay between TutorCruncher and Zapier does not respond\. To try again/;

async function statusOf(trigger: string): Promise<string> {
  const helpText = (await relay.fieldOf(trigger))?.helpText ?? '';
  expect(helpText.length).toBeLessThan(MAX_HELP_TEXT);
  return helpText.slice(Math.max(0, helpText.indexOf('Status:'))).replace(LINK, '');
}

describe('the status in a trigger', () => {
  it('reports that a Zap with this trigger fails, and nothing about Zaps with other triggers', async () => {
    await relay.turnOn('lesson_completed');
    await relay.turnOn('invoice_paid');
    relay.failing.add('lesson_completed');
    await relay.happens('lesson_completed');
    await relay.happens('lesson_completed', { extra_msg: 'again' });
    await relay.happens('invoice_paid');
    await until(() => relay.recordsOf('invoice_paid').length === 1);
    const failing =
      'Status: last webhook received less than a minute ago.\n\n' +
      'Zap with this trigger: failing for less than a minute (Zapier responded with 500), 2 events are waiting.';
    await until(async () => (await statusOf('lesson_completed')).startsWith(failing));
    expect(await statusOf('invoice_paid')).toMatch(
      /The Zap with this trigger is on and has received all events\.\n\nTo be told .+\*\*Delivery Problem\*\*\.$/,
    );
    expect(await statusOf('task_created')).toMatch(/No Zap with this trigger is on\.\n/);
  });

  it('reports that the newest webhook was signed with another key until a webhook with the right key arrives', async () => {
    await relay.turnOn('note_added');
    await relay.happens('note_added', {}, NEW_KEY);
    expect(await statusOf('note_added')).toContain('The newest webhook was signed with another private key');
    await relay.happens('note_added', { extra_msg: 'right' });
    expect(await statusOf('note_added')).not.toContain('another private key');
  });

  it('fits into the help text if everything is wrong', async () => {
    await relay.turnOn('any_event');
    await relay.turnOn('any_event', { actions: ['A'] });
    relay.failing.add('any_event');
    await relay.happens('note_added', {}, NEW_KEY);
    await until(async () => (await statusOf('any_event')).includes('Zapier responded with 500'));
    expect(await statusOf('any_event')).toContain('another private key');
  });

  it.each<[name: string, listener: RequestListener, status: RegExp]>([
    ['hangs', () => undefined, UNAVAILABLE],
    ['breaks off', (request) => request.socket.destroy(), UNAVAILABLE],
    ['sends no JSON', (_request, response) => response.end('<html>'), UNAVAILABLE],
    ['sends an empty object', (_request, response) => response.end('{}'), UNAVAILABLE],
    ['fails', (_request, response) => response.writeHead(503).end('{}'), UNAVAILABLE],
  ])('is shown within 5 seconds by a relay that %s', async (_name, listener, status) => {
    await relay.stopRelay();
    const server = createServer(listener).listen(relay.relayPort, '127.0.0.1');
    await once(server, 'listening');
    const readStatus = async () => {
      expect(await statusOf('task_created')).toMatch(status);
    };
    expect(await shortestDuration(5000, () => durationOf(readStatus))).toBeLessThan(5000);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
});
