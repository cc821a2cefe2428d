import { describe, expect, it } from '@jest/globals';

import { endSubscription } from '../end-subscription.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';

const ZAP = { channel: CHANNEL, id: 'zap' };
const NOW = 1_000_000;

/**
 * Ends the subscription of a Zap. The store is a stub that returns `counts`. Returns the calls to the store, the
 * metrics and the log.
 */
async function end(reason: 'gone' | 'unsubscribed', counts: { waiting: number; deadLetters: number } | null) {
  const calls: unknown[] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): void =>
      void calls.push([name, ...args]);
  const unsubscribe = (...args: unknown[]) => {
    record('unsubscribe')(...args);
    return Promise.resolve(counts);
  };
  await endSubscription(ZAP, reason, NOW, {
    store: { unsubscribe },
    metrics: { buried: { inc: record('buried') } },
    log: { info: record('info'), warn: record('warn') },
  });
  return calls;
}

describe('the end of a subscription', () => {
  const counts = { waiting: 2, deadLetters: 3 };
  const fields = { channel: CHANNEL.slice(0, 8), subscription: 'zap', ...counts };

  it.each([
    ['gone', true, 'warn', /^A Zap is off \(410 Gone\)\..* another Zap with the same trigger and choices\.$/],
    ['unsubscribed', false, 'info', /^Zapier turned off a Zap\..* once it is on again\.$/],
  ] as const)('because it is %s is stored, counted and logged', async (reason, isGone, level, message) => {
    expect(await end(reason, counts)).toEqual([
      ['unsubscribe', CHANNEL, 'zap', NOW, isGone],
      ['buried', { reason }, 2],
      [level, fields, expect.stringMatching(message)],
    ]);
  });

  it('is neither counted nor logged if the subscription has ended before', async () => {
    expect(await end('gone', null)).toEqual([['unsubscribe', CHANNEL, 'zap', NOW, true]]);
  });
});
