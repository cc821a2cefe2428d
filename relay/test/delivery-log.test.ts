/** The lines that the dispatcher logs about deliveries. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt-result.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import { SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

interface Line {
  readonly fields: object;
  readonly message: string;
}

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let lines: Line[];
let result: AttemptResult;

beforeEach(async () => {
  clock = new FakeClock();
  lines = [];
  const log = (fields: object, message: string): void => {
    lines.push({ fields, message });
  };
  store = openSqliteStore(':memory:', CONTRACT_OPTIONS, clock.now);
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
  dispatcher = createDispatcher({
    store,
    sender: { send: () => Promise.resolve(result) },
    clock,
    pacePerSubscription: 1000,
    pacePerChannel: 1000,
    log: { info: log, warn: log, error: log },
  });
  dispatcher.start();
});

afterEach(async () => {
  const stopped = dispatcher.stop();
  await clock.advance(SECOND);
  await stopped;
  await store.close();
});

describe('the log of a delivery', () => {
  it('names the channel by its short name, and the subscription', async () => {
    result = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null };
    const filter = { actions: ['A'] };
    const subscription = await store.subscribe(CHANNEL, { targetUrl: 'https://secret.example', filter }, 1, 0);
    await store.ingest([delivery('A')]);
    await clock.advance(SECOND);
    const failed = lines.find(({ message }) => message.startsWith('A delivery attempt failed.'));
    expect(failed?.fields).toMatchObject({
      channel: CHANNEL.slice(0, 8),
      subscription: subscription === 'full' ? null : subscription.id,
      reason: 'HTTP 500',
    });
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${CHANNEL}|secret.example`));
  });

  it('contains the number of waiting events that become dead letters when a Zap is off, without the delivered events', async () => {
    result = { type: 'delivered' };
    const filter = { actions: ['A'] };
    const subscription = await store.subscribe(CHANNEL, { targetUrl: 'https://secret.example', filter }, 1, 0);
    await store.ingest([delivery('A')]);
    await clock.advance(10);
    result = { type: 'gone' };
    await store.ingest([delivery('A'), delivery('B'), delivery('A')]);
    await clock.advance(SECOND);
    expect(lines).toEqual([
      {
        fields: {
          channel: CHANNEL.slice(0, 8),
          subscription: subscription === 'full' ? null : subscription.id,
          waiting: 2,
          deadLetters: 2,
          trigger: null,
          zap: null,
        },
        message: expect.stringMatching(
          /^A Zap is off \(410 Gone\)\. Its subscription has ended, and the events .* are dead letters/,
        ),
      },
    ]);
    expect(await store.subscriptions(CHANNEL)).toEqual([]);
  });
});
