import { expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';

it('the rate of webhooks of a busy channel is still counted when idle channels are forgotten', () => {
  let now = 5_000;
  const rates = createWebhookRates(60, { now: () => now });
  rates.take(OTHER_CHANNEL);
  now += 59_500;
  for (let count = 0; count < 60; count++) expect(rates.take(CHANNEL).waitMs).toBe(0);
  now += 500;
  expect(rates.take(CHANNEL).waitMs).toBe(500);
  expect(rates.take(OTHER_CHANNEL)).toEqual({ waitMs: 0, isHigh: false });
});

it('the limit on webhooks is exact within a minute, although idle channels are forgotten', () => {
  const rates = createWebhookRates(1_000, { now: () => 5_000 });
  const accepted = Array.from({ length: 1_100 }, () => rates.take(CHANNEL)).filter(({ waitMs }) => waitMs === 0);
  expect(accepted).toHaveLength(1_000);
});

it('the rate of webhooks is high once half of the limit is used up', () => {
  const rates = createWebhookRates(60, { now: () => 5_000 });
  const isHigh = Array.from({ length: 61 }, () => rates.take(CHANNEL).isHigh);
  expect(isHigh).toEqual([...Array<boolean>(30).fill(false), ...Array<boolean>(31).fill(true)]);
});
