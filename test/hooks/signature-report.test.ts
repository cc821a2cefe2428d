/** Reports that Zaps send to a real relay after they have refused a webhook because of its signature. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { until } from '../../relay/harness/until.ts';
import { reportSignatures } from '../../src/hooks/signature-report.ts';
import { deriveLink, readLinkFragment } from '../../wire/console-link.ts';
import { CONSOLE_OVERVIEW_PATH, type OverviewResponse } from '../../wire/console-api.ts';
import { SIGNATURES_PATH } from '../../wire/link-api.ts';
import { bundleWith, loadRelayApp, NEW_KEY } from '../support/relay-app.ts';
import { sealedEnvelope, signedContent } from '../support/sealed-envelope.ts';

const relay = await loadRelayApp();
const TRIGGER = 'lesson_completed';

beforeEach(async () => {
  relay.zaps.clear();
  await relay.stopRelay();
  relay.deleteStore();
  await relay.startRelay();
  await relay.turnOn(TRIGGER);
});

/** Opens the console before an event arrives. Returns a function that reads the console's overview. */
async function openConsole(): Promise<() => Promise<OverviewResponse>> {
  const { helpText = '' } = (await relay.fieldOf(TRIGGER)) ?? {};
  const link = readLinkFragment(/#([^)]+)\)/.exec(helpText)?.[1] ?? '');
  const { accessToken } = await deriveLink(link.secret);
  return async () => {
    const headers = { Authorization: `Bearer ${accessToken}` };
    const response = await fetch(`${relay.origin}${CONSOLE_OVERVIEW_PATH}`, { headers });
    return (await response.json()) as OverviewResponse;
  };
}

describe('a Zap that refuses a webhook', () => {
  it.each([
    ['all', 0],
    ['some', 1],
  ])('reports that %s of the newest webhooks are signed with another key', async (expected, genuine) => {
    const url = await relay.pastedUrl();
    const overview = await openConsole();
    for (let index = 0; index < genuine; index++) await relay.happens(TRIGGER, {}, undefined, url);
    await until(() => (relay.zaps.get(TRIGGER) ?? []).length === genuine);
    expect((await overview()).foreign_signature).toBeNull();
    await relay.happens(TRIGGER, { extra_msg: 'forged' }, NEW_KEY, url);
    await until(() => (relay.zaps.get(TRIGGER) ?? []).length === genuine + 1);
    // The relay caches the overview briefly, so the first overview after the report can be stale.
    await until(async () => (await overview()).foreign_signature === expected);
  });

  it('reports a thousand forged webhooks once', async () => {
    const requests: string[] = [];
    const entries = new Set<string>();
    const z = {
      cache: { set: (key: string) => Promise.resolve(entries.size < entries.add(key).size) },
      request: ({ url }: { readonly url: string }) => {
        requests.push(url);
        return Promise.resolve({ status: 200, data: { events: [] } });
      },
      errors: { Error, ThrottledError: class extends Error {} },
    } as unknown as ZObject;
    const bundle = bundleWith() as unknown as Bundle;
    for (let index = 0; index < 1000; index++) await reportSignatures(z, bundle, relay.origin);
    expect(requests).toHaveLength(1);
  });

  it('reports at most every ten minutes for each connection, and waits for the report', async () => {
    const entries: unknown[][] = [];
    const reports: unknown[] = [];
    const forged = signedContent({ events: [] }, 'the-private-key-of-a-stranger-0123456789');
    const z = {
      cache: { set: (...entry: unknown[]) => Promise.resolve(entries.push(entry) > 0) },
      request: async ({ url, body }: { readonly url: string; readonly body?: unknown }) => {
        if (!url.endsWith(SIGNATURES_PATH)) {
          const key = entries.length === 1 ? PRIVATE_KEY : NEW_KEY;
          const events = [JSON.parse(await sealedEnvelope(key, forged, {}, relay.origin)) as unknown];
          return { status: 200, data: { events } };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        reports.push(body);
        return { status: 200, data: {} };
      },
      errors: { Error, ThrottledError: class extends Error {} },
    } as unknown as ZObject;
    for (const private_key of [PRIVATE_KEY, NEW_KEY]) {
      await reportSignatures(z, { authData: { private_key } } as unknown as Bundle, relay.origin);
    }
    expect(reports).toMatchObject(Array(2).fill({ verdicts: [{ is_valid: false }] }));
    expect(entries.map(([, ...arguments_]) => arguments_)).toEqual(Array(2).fill([1, 600, undefined, true]));
    expect(new Set(entries.map(([key]) => key)).size).toBe(2);
  });

  it.each([undefined, null, false])('sends nothing if the cache responds %j', async (response) => {
    let requests = 0;
    const z = {
      cache: { set: () => Promise.resolve(response) },
      request: () => Promise.reject(new Error(`${++requests}`)),
    };
    await reportSignatures(z as unknown as ZObject, bundleWith() as unknown as Bundle, relay.origin);
    expect(requests).toBe(0);
  });

  it.each([
    ['cache hangs', new Promise(() => undefined)],
    ['relay hangs', Promise.resolve(true)],
    ['cache says neither yes nor no', Promise.resolve(undefined)],
  ])('waits two seconds at most, and never fails, if the %s', async (_name, answer) => {
    const z = { cache: { set: () => answer }, request: () => new Promise(() => undefined), errors: { Error } };
    const start = Date.now();
    await reportSignatures(z as unknown as ZObject, bundleWith() as unknown as Bundle, relay.origin);
    expect(Date.now() - start).toBeLessThan(4000);
  });
});

it('a stranger cannot report', async () => {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${relay.origin}${SIGNATURES_PATH}`, {
    method: 'POST',
    headers,
    body: '{"verdicts":[]}',
  });
  expect(response.status).toBe(401);
});
