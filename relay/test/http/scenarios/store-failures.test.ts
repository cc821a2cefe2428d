/** Routes of the API while the store fails. */

import { afterAll, beforeEach, expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../../../wire/capability.ts';
import { TOKEN } from '../../../harness/sample-delivery.ts';
import type { Store } from '../../../store/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ACCESS_TOKEN, startTestServer, TARGET_URL } from '../../support/test-server.ts';

const SUBSCRIPTION = { target_url: TARGET_URL, actions: ['A'] };
const LINK = { access_token_hash: hashOfAccessToken(ACCESS_TOKEN), keys: [], verdict: null };
const ALL_EVENTS = { dry_run: false, conditions: {} };
let calls: string[] = [];
const saveResults = async () => {
  // A route that does not wait calls the store before this point.
  await new FakeClock().settle();
  calls.push('saveResults');
};
const server = await startTestServer({ dispatcher: { saveResults } });
const { store } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

it.each<[method: string, path: string, body: object | undefined, isSettled: boolean, call: keyof Store]>([
  ['PUT', '/channel', undefined, false, 'registerChannel'],
  ['GET', '/channel', undefined, true, 'channelState'],
  ['DELETE', '/channel', undefined, false, 'deleteChannel'],
  ['GET', '/channel/events', undefined, false, 'latest'],
  ['GET', '/channel/keys', undefined, false, 'dataKeys'],
  ['POST', '/channel/links', LINK, false, 'addLink'],
  ['POST', '/channel/subscriptions', SUBSCRIPTION, false, 'subscribe'],
  ['GET', '/channel/subscriptions/<id>', undefined, true, 'channelState'],
  ['DELETE', '/channel/subscriptions/<id>', undefined, true, 'unsubscribe'],
  ['POST', '/channel/subscriptions/<id>/redrive', undefined, true, 'redrive'],
  ['GET', '/console/api/overview', undefined, true, 'channelState'],
  ['GET', '/console/api/events', undefined, true, 'events'],
  ['GET', '/console/api/events/1', undefined, true, 'events'],
  ['GET', '/console/api/events/1/zaps', undefined, true, 'events'],
  ['POST', '/console/api/send-again', ALL_EVENTS, true, 'events'],
])(
  '%s %s (%j) reports the failure, and first saves the results of deliveries if that matters (%j)',
  async (method, path, body, isSettled, call) => {
    const id = await server.subscribe();
    calls = [];
    const original = store[call];
    const fail = () => {
      calls.push(call);
      return Promise.reject(new Error('disk full'));
    };
    Object.assign(store, { [call]: fail });
    const token = path.startsWith('/console') ? ACCESS_TOKEN : TOKEN;
    const { status } = await server.api(method, path.replace('<id>', id), body, token);
    Object.assign(store, { [call]: original });
    expect([status, ...new Set(calls)]).toEqual([503, ...(isSettled ? ['saveResults'] : []), call]);
  },
);
