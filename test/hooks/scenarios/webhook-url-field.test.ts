/**
 * The field with the webhook URL, at a real relay. The tests read the status that the field shows, and use the link to
 * the console as the page does.
 */

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { durationOf, shortestDuration } from '../../../relay/harness/shortest-duration.ts';
import { until } from '../../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  type ConsoleLinkResponse,
  type EventListResponse,
  type OverviewResponse,
} from '../../../wire/console-api.ts';
import { deriveLink, unwrapLinkKey } from '../../../wire/console-link.ts';
import { readEnvelope } from '../../../wire/sealing/format.ts';
import { openContent } from '../../../wire/sealing/open.ts';
import { webRuntime } from '../../../wire/sealing/web-runtime.ts';
import { loadRelayApp, NEW_KEY } from '../../support/relay-app.ts';

/** Matches the link to the console at the end of the help text. */
const LINK = /\n\n\[See what happened to each event\].*$/;

const relay = await loadRelayApp();

beforeEach(() => relay.startRelay());
afterEach(async () => {
  await relay.stopRelay();
  relay.deleteStore();
  relay.failing.clear();
  relay.zaps.clear();
});

/** Returns the secret of the link that a trigger shows. */
async function secretShown(): Promise<string> {
  const { helpText = '' } = (await relay.fieldOf('client_updated')) ?? {};
  const [, secret = ''] = /\]\(http:\/\/127\.0\.0\.1:\d+\/console#([\w-]{43})(?:\.GBP)?\)/.exec(helpText) ?? [];
  return secret;
}

/** Sends a request to the relay as the console's page does. */
async function request(secret: string, path: string): Promise<{ status: number; json: unknown }> {
  const { accessToken } = await deriveLink(secret);
  const response = await fetch(`${relay.origin}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
  return { status: response.status, json: await response.json() };
}

const read = async <T>(secret: string, path: string): Promise<T> => {
  const { status, json } = await request(secret, path);
  expect(status).toBe(200);
  return json as T;
};

/** Returns the bodies of the stored events, newest first; null for an event that the link cannot open. */
async function bodies(secret: string): Promise<(string | null)[]> {
  const { wrappingKey } = await deriveLink(secret);
  const { channel, keys } = await read<ConsoleLinkResponse>(secret, CONSOLE_LINK_PATH);
  const { events } = await read<EventListResponse>(secret, CONSOLE_EVENTS_PATH);
  return Promise.all(
    events.map(async ({ envelope }) => {
      const delivery = readEnvelope(envelope);
      const { keyId } = delivery.metadata;
      const wrapped = keys.find(({ key_id }) => key_id === keyId)?.wrapped_key;
      if (wrapped === undefined) return null;
      const dataKey = await unwrapLinkKey(wrappingKey, wrapped, { channel, keyId });
      return Buffer.from((await openContent(webRuntime, dataKey, delivery)).body).toString();
    }),
  );
}

describe('a link that the trigger shows', () => {
  it('opens the events that the relay has, even after a restart, but no events under later data keys', async () => {
    await relay.happens('client_updated');
    const secret = await secretShown();
    expect(await bodies(secret)).toEqual([expect.stringContaining('"EDITED_A_CLIENT"')]);
    await relay.stopRelay();
    await relay.startRelay();
    await relay.happens('lesson_completed');
    expect(await bodies(secret)).toEqual([null, expect.stringContaining('"EDITED_A_CLIENT"')]);
    expect(await bodies(await secretShown())).toEqual([
      expect.stringContaining('"MARKED_AN_APPOINTMENT_AS_COMPLETE"'),
      expect.stringContaining('"EDITED_A_CLIENT"'),
    ]);
  });

  it('leads to the page before the first webhook', async () => {
    const secret = await secretShown();
    const { type, helpText = '' } = (await relay.fieldOf('client_updated')) ?? {};
    expect(type).toBe('copy');
    expect(helpText).toMatch(/Copy this URL.*Webhook base URL.*Status: no webhook received yet\..*\/console#/s);
    expect(helpText).not.toContain(PRIVATE_KEY);
    expect(await read(secret, CONSOLE_LINK_PATH)).toMatchObject({ keys: [], verdict: null });
    const { last_webhook_at, webhook_url } = await read<OverviewResponse>(secret, CONSOLE_OVERVIEW_PATH);
    expect(last_webhook_at).toBeNull();
    expect(webhook_url).toBe(await relay.pastedUrl());
  });

  it('shows whether the newest webhook was signed with the key of the connection, like the status', async () => {
    await relay.happens('client_updated');
    expect(await read(await secretShown(), CONSOLE_LINK_PATH)).toMatchObject({ verdict: { is_valid: true } });
    await relay.happens('client_updated', {}, NEW_KEY, await relay.pastedUrl());
    const { events } = await read<EventListResponse>(await secretShown(), CONSOLE_EVENTS_PATH);
    const verdictOn = (index: number, is_valid: boolean) => {
      const { delivery_id, received_at } = events[index]?.envelope ?? {};
      return { is_valid, delivery_id, received_at };
    };
    expect(await read(await secretShown(), CONSOLE_LINK_PATH)).toMatchObject({
      verdict: verdictOn(0, false),
      verdicts: [verdictOn(0, false), verdictOn(1, true)],
    });
    expect(await statusOf('client_updated')).toContain('The newest webhook was signed with another private key');
    await relay.happens('client_updated', { extra_msg: 'right' });
    expect(await statusOf('client_updated')).not.toContain('another private key');
  });

  it('shows the trigger of each Zap and the options that were chosen', async () => {
    await relay.turnOn('client_status_changed', { statuses: ['live'] });
    const { zaps } = await read<OverviewResponse>(await secretShown(), CONSOLE_OVERVIEW_PATH);
    expect(zaps.map(({ description }) => description)).toEqual([
      { trigger: 'Client Status Changed', options: [{ label: 'New Statuses', value: 'Live' }], zap_id: null },
    ]);
  });
});

/** Matches the text that replaces the webhook URL and the status while the relay does not respond. */
const UNAVAILABLE = /the relay between TutorCruncher and Zapier does not respond\. To try again/;

async function statusOf(trigger: string): Promise<string> {
  const helpText = (await relay.fieldOf(trigger))?.helpText ?? '';
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
    expect(await statusOf('task_created')).toMatch(
      /No Zap with this trigger is on\. If Zapier shows a Zap with this trigger as on, turn it off and on\.\n/,
    );
  });

  it.each<[name: string, listener: RequestListener]>([
    ['hangs', () => undefined],
    ['sends no JSON', (_request, response) => response.end('<html>')],
    ['fails', (_request, response) => response.writeHead(503).end('{}')],
  ])('is shown within 5 seconds by a relay that %s', async (_name, listener) => {
    await relay.stopRelay();
    const server = createServer(listener).listen(relay.relayPort, '127.0.0.1');
    await once(server, 'listening');
    const readStatus = async () => {
      expect(await statusOf('task_created')).toMatch(UNAVAILABLE);
    };
    expect(await shortestDuration(5000, () => durationOf(readStatus))).toBeLessThan(5000);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
});
