/** Many targets on one host that respond slowly or never, over real connections. */

import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../wire/capability.ts';
import { systemClock } from '../clock.ts';
import { createAttemptSender, type AttemptSender } from '../delivery/attempt.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { DAY } from '../harness/durations.ts';
import { delivery, SEAL_KEY } from '../harness/sample-delivery.ts';
import { storedDelivery } from '../harness/stored-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DELIVERY = storedDelivery();

let target: TargetServer;
let sender: AttemptSender;
/** Responds to a request for the path. */
let respond: (response: ServerResponse, path: string) => void;

beforeEach(async () => {
  target = await startTargetServer((response, { url }) => {
    respond(response, url);
  });
  sender = createAttemptSender([target.origin]);
});
afterEach(async () => {
  await sender.close();
  target.close();
});

describe('targets on one host', () => {
  it('do not delay a healthy Zap by a second while 600 Zaps hang', async () => {
    const store = openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: DAY });
    const channels = ['one', 'two', 'three', 'four'].map(deriveChannel);
    const [healthy = '', ...hanging] = channels;
    const subscribe = (channel: string, path: string) =>
      store.subscribe(channel, { targetUrl: `${target.origin}/${path}`, filter: { actions: ['A'] } }, 200, 0);
    for (const channel of channels)
      await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    await subscribe(healthy, 'healthy');
    for (const channel of hanging) for (let id = 0; id < 200; id++) await subscribe(channel, `hanging/${id}`);
    const arrived: number[] = [];
    respond = (response, path) => {
      if (path !== '/healthy') return;
      arrived.push(Date.now());
      response.end('ok');
    };
    const pace = { pacePerSubscription: 1000, pacePerChannel: 1000 };
    const dispatcher = new Dispatcher({ store, sender, clock: systemClock, ...pace, log: silent });
    await dispatcher.start();
    await store.ingest(hanging.map((channel) => delivery('A', { channel, receivedAt: Date.now() })));
    await until(() => target.received.length >= 600);
    for (let round = 1; round <= 3; round++) {
      const sentAt = Date.now();
      await store.ingest([delivery('A', { channel: healthy, receivedAt: sentAt })]);
      await until(() => arrived.length === round);
      expect((arrived.at(-1) ?? Infinity) - sentAt).toBeLessThan(1000);
    }
    await sender.close();
    await dispatcher.stop();
    await store.close();
  }, 60_000);

  it.each([
    [1000, 4],
    [200, 10],
  ])(
    'get the rate of one request in flight each at a response time of %d ms',
    async (responseMs, count) => {
      respond = (response) => {
        setTimeout(() => response.end('ok'), responseMs);
      };
      const begin = performance.now();
      const zaps = Array.from({ length: 300 }, async (_, zap) => {
        for (let index = 0; index < count; index++) {
          expect(await sender.send(`${target.origin}/${zap}`, DELIVERY)).toEqual({ outcome: 'delivered' });
        }
      });
      await Promise.all(zaps);
      // 64 connections would take almost five times as long. The margin is for a busy machine.
      expect(performance.now() - begin).toBeLessThan(2 * count * responseMs);
    },
    60_000,
  );
});
