/** Many targets on one host that respond slowly or never, over real connections. */

import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../wire/capability.ts';
import { systemClock } from '../clock.ts';
import { createAttemptSender, type AttemptSender } from '../delivery/attempt.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { DAY } from '../harness/durations.ts';
import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { shortestDuration } from '../harness/shortest-duration.ts';
import { storedDelivery } from './stored-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DELIVERY = storedDelivery();

let target: TargetServer;
let sender: AttemptSender;
/** Responds to a request for a Zap's path. */
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
  it('do not delay a healthy Zap by as much as a second while 600 Zaps hang', async () => {
    const store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
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
    dispatcher.start();
    await store.ingest(hanging.map((channel) => delivery('A', { channel, receivedAt: Date.now() })));
    await until(() => target.received.length >= 600);
    const delay = await shortestDuration(1000, async () => {
      const sentAt = Date.now();
      const round = arrived.length + 1;
      await store.ingest([delivery('A', { channel: healthy, receivedAt: sentAt })]);
      await until(() => arrived.length === round);
      return (arrived.at(-1) ?? Infinity) - sentAt;
    });
    // With a limit of 64 connections, the attempt would wait 10 s until a hanging attempt times out.
    expect(delay).toBeLessThan(1000);
    await sender.close();
    await dispatcher.stop();
    await store.close();
  });

  it('repeatedly receive one request each at the same time, over connections that stay open', async () => {
    let connections = 0;
    target.server.on('connection', () => connections++);
    const waiting: ServerResponse[] = [];
    // Responds when the requests for all Zaps have arrived, which never happens if one must wait for another.
    respond = (response) => {
      waiting.push(response);
      if (waiting.length === 300) for (const complete of waiting.splice(0)) complete.end('ok');
    };
    for (let round = 0; round < 10; round++) {
      const zaps = Array.from({ length: 300 }, (_, zap) => sender.send(`${target.origin}/${zap}`, DELIVERY));
      expect(new Set((await Promise.all(zaps)).map(({ type }) => type))).toEqual(new Set(['delivered']));
    }
    // Without connection reuse, there would be 3,000 connections.
    expect(connections).toBeLessThan(1_500);
  });
});
