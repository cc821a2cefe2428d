/** Links to the console that the trigger shows, used with a real relay in the same way as by the page. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  type ConsoleLinkResponse,
  type EventListResponse,
  type OverviewResponse,
} from '../wire/console-api.ts';
import { MAX_LINKS } from '../wire/link-api.ts';
import { deriveLink, unwrapLinkKey } from '../wire/console-link.ts';
import { readEnvelope } from '../wire/sealing/format.ts';
import { openContent } from '../wire/sealing/open.ts';
import { webRuntime } from '../wire/sealing/web-runtime.ts';
import { loadRelayApp, NEW_KEY, type RelayApp } from './relay-app.ts';

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
});

/** Returns the secret of the link that a trigger shows. */
async function secretShown(): Promise<string> {
  const { helpText = '' } = (await relay.fieldOf('client_updated')) ?? {};
  const [, secret = ''] = /\]\(http:\/\/127\.0\.0\.1:\d+\/console#([\w-]{43})\)/.exec(helpText) ?? [];
  return secret;
}

/** Sends a request like the page. */
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
    expect(await read(secret, CONSOLE_LINK_PATH)).toMatchObject({ keys: [], verdict: null });
    const { last_webhook_at, webhook_url } = await read<OverviewResponse>(secret, CONSOLE_OVERVIEW_PATH);
    expect(last_webhook_at).toBeNull();
    expect(webhook_url).toBe(await relay.pastedUrl());
  });

  it('shows whether the newest webhook was signed with the key of the connection', async () => {
    await relay.happens('client_updated');
    expect(await read(await secretShown(), CONSOLE_LINK_PATH)).toMatchObject({ verdict: { is_valid: true } });
    await relay.happens('client_updated', {}, NEW_KEY, await relay.pastedUrl());
    const { events } = await read<EventListResponse>(await secretShown(), CONSOLE_EVENTS_PATH);
    const verdictOn = (index: number, is_valid: boolean) => ({
      ...{ is_valid, delivery_id: events[index]?.envelope.delivery_id },
    });
    expect(await read(await secretShown(), CONSOLE_LINK_PATH)).toMatchObject({
      verdict: verdictOn(0, false),
      verdicts: [verdictOn(0, false), verdictOn(1, true)],
    });
  });

  it('shows the trigger of each Zap and the options that were chosen', async () => {
    await relay.turnOn('client_status_changed', { statuses: ['live'] });
    const { zaps } = await read<OverviewResponse>(await secretShown(), CONSOLE_OVERVIEW_PATH);
    expect(zaps.map(({ description }) => description)).toEqual([
      { trigger: 'Client Status Changed', options: [{ label: 'New Statuses', value: 'Live' }], zap_id: null },
    ]);
  });

  it('is forgotten when ten newer links exist', async () => {
    const first = await secretShown();
    let latest = first;
    for (let count = 1; count < MAX_LINKS; count++) latest = await secretShown();
    expect((await request(first, CONSOLE_LINK_PATH)).status).toBe(200);
    await secretShown();
    expect((await request(first, CONSOLE_LINK_PATH)).status).toBe(401);
    expect((await request(latest, CONSOLE_LINK_PATH)).status).toBe(200);
  });

  it('allows only reading and sending again', async () => {
    const { accessToken } = await deriveLink(await secretShown());
    const headers = { authorization: `Bearer ${accessToken}` };
    for (const [method, path] of [
      ['GET', '/channel'],
      ['DELETE', '/channel'],
      ['GET', '/channel/events'],
      ['GET', '/channel/keys'],
    ] as const) {
      const { status } = await fetch(`${relay.origin}${path}`, { method, headers });
      expect([401, 403, 404]).toContain(status);
    }
  });
});
