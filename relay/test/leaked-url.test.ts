/** Forged events from a person who has the webhook URL of a channel. `docs/relay.md` states these limits. */

import { expect, it } from '@jest/globals';

import { readConfig } from '../config.ts';
import { SECOND } from '../harness/durations.ts';
import { bodyOf, CHANNEL, ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { PACE } from '../relay.ts';
import { createWebhookRates } from '../webhook-rates.ts';
import { DELIVERED, DispatcherBed } from './dispatcher-bed.ts';
import { startTestServer } from './test-server.ts';

const { maxEventsPerMinute } = readConfig({
  RELAY_ORIGIN: ORIGIN,
  RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
});

const bed = new DispatcherBed();

it('use up the rate of the channel, until its URL is replaced', async () => {
  let now = 0;
  const server = await startTestServer({ rates: createWebhookRates(60, { now: () => now }) });
  await server.register();
  const leaked = await server.hookPath();
  const forge = (count: number): Promise<number[]> =>
    Promise.all(
      Array.from({ length: count }, () => server.post(bodyOf('A'), leaked, { 'webhook-signature': '0'.repeat(64) })),
    );
  expect(new Set(await forge(60))).toEqual(new Set([202]));
  expect(await server.post(bodyOf('A'))).toBe(429);
  now += SECOND;
  expect([...(await forge(1)), await server.post(bodyOf('A'))]).toEqual([202, 429]);

  await server.store.replaceUrl(CHANNEL, true, 0);
  now += 2 * SECOND;
  expect(await server.post(bodyOf('A'))).toBe(202);
  expect(new Set(await forge(60))).toEqual(new Set([404]));
  expect(await server.post(bodyOf('A'))).toBe(202);
  await server.close();
});

it.each([
  [1, 150],
  [2, 200],
])('that arrive in a minute delay genuine ones to %d Zap(s) by at most %d seconds', async (zaps, seconds) => {
  await bed.restart(PACE);
  for (let zap = 1; zap < zaps; zap++) await bed.subscribe(`${zap}`);
  const start = bed.clock.now();
  const delays: number[] = [];
  bed.respond = (name) => {
    if (name === 'genuine') delays.push(bed.clock.now() - start);
    return DELIVERED;
  };
  await bed.send(...Array<string>(maxEventsPerMinute).fill('forged'), 'genuine');
  await bed.clock.advance(seconds * SECOND);
  expect(delays).toHaveLength(zaps);
  for (const delay of delays) expect(delay).toBeGreaterThan((seconds - 5) * SECOND);
});
