/** The two sources of a Zap's webhooks: TutorCruncher and a relay. */

import { describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { RELAY_ORIGIN } from '../support/sealed-envelope.ts';

const FILTER = { actions: { actions: [] }, object: null };
const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;

it('the directions of each trigger name the steps of its setup in order', () => {
  const [directions = '', ...others] = new Set(webhookTriggers.map(({ definition }) => definition.display.directions));
  expect(others).toEqual([]);
  expect(directions.length).toBeLessThanOrEqual(1000);
  const steps = [
    'Copy the webhook URL',
    'Settings > API',
    'private key',
    'Add Integration',
    'Webhook base URL',
    'save',
    'Test the trigger',
    'Turn the Zap on',
  ];
  for (const step of steps) expect(directions).toContain(step);
  expect([...steps].sort((a, b) => directions.indexOf(a) - directions.indexOf(b))).toEqual(steps);
});

/** Loads the event source of an app. @param origin - the origin of the app's relay; null for an app without a relay */
async function loadSource(origin: string | null) {
  jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: origin }));
  jest.resetModules();
  return import('../../src/instant/event-source.ts');
}

describe.each([
  ['without a relay', null],
  ['that is built for a relay', RELAY_ORIGIN],
])('an app %s', (_which, origin) => {
  it('registers a new connection at its relay, if it has one', async () => {
    const requests: string[] = [];
    const request = ({ url }: { readonly url: string }) => {
      requests.push(url);
      return Promise.reject(new Error('The relay is down.'));
    };
    const { IS_RELAYED, registerConnection } = await loadSource(origin);
    expect(IS_RELAYED).toBe(origin !== null);
    await registerConnection({ ...directZ, request } as unknown as ZObject, bundle);
    expect([...new Set(requests.map((url) => new URL(url).origin))]).toEqual(origin === null ? [] : [origin]);
  });

  it('subscribes its Zaps at its relay, or opens the requests of TutorCruncher as they are', async () => {
    const { hookOf } = await loadSource(origin);
    const hook = hookOf({ label: 'New Client', choiceFields: [], filterFor: () => FILTER });
    expect(hook.operation.performSubscribe !== undefined).toBe(origin !== null);
    if (origin !== null) return;
    const headers = { 'webhook-signature': 'abc' };
    const open = (rawRequest: object | undefined) => hook.open(directZ, { ...bundle, rawRequest });
    expect(await open({ content: '{}', headers })).toEqual({ content: '{}', headers, previous: null, burst: [] });
    expect(await open(undefined)).toMatchObject({ content: '', headers: {} });
  });
});
