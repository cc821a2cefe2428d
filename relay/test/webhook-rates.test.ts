import { beforeEach, describe, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { createWebhookRates, type WebhookRates } from '../webhook-rates.ts';

let now: number;
let rates: WebhookRates;

beforeEach(() => {
  now = 5_000;
  rates = createWebhookRates(60, { now: () => now });
});

const take = (count: number, channel = CHANNEL) => Array.from({ length: count }, () => rates.take(channel));

describe('WebhookRates', () => {
  it('accepts the webhooks of a minute at once, and then refuses more until the rate allows them', () => {
    expect(take(60).every(({ waitMs }) => waitMs === 0)).toBe(true);
    expect(rates.take(CHANNEL)).toEqual({ waitMs: 1_000, isHigh: true });
    now += 2_000;
    expect(take(3).map(({ waitMs }) => waitMs)).toEqual([0, 0, 1_000]);
  });

  it('limits each channel separately', () => {
    take(61);
    expect(rates.take(OTHER_CHANNEL)).toEqual({ waitMs: 0, isHigh: false });
  });

  it('warns once half of the limit is used', () => {
    expect(take(31).findIndex(({ isHigh }) => isHigh)).toBe(30);
    now += 60_000;
    expect(rates.take(CHANNEL).isHigh).toBe(false);
  });

  it('keeps counting a busy channel while it forgets idle ones', () => {
    take(1, OTHER_CHANNEL);
    now += 59_500;
    take(60);
    now += 500;
    expect(rates.take(CHANNEL).waitMs).toBeGreaterThan(0);
  });
});
