import { beforeEach, describe, expect, it } from '@jest/globals';

import { createChannelTroubles } from '../channel-troubles.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { Backlog, Totals } from '../store/totals.ts';

const TOTALS: Totals = {
  channels: 1,
  subscriptions: 2,
  deliveries: 3,
  rememberedDeliveries: 2,
  deadLetters: 4,
  storedBytes: 5,
  pausedSubscriptions: 7,
  overdueChannels: 6,
};

let metrics: Metrics;
let isFailing: boolean;
let queries: number;
const ZAP = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
let backlog: Backlog;
let now: number;

beforeEach(() => {
  isFailing = false;
  queries = 0;
  backlog = { failingSubscriptions: 0, waiting: [] };
  const totals = () => {
    queries++;
    return isFailing ? Promise.reject(new Error('down')) : Promise.resolve(TOTALS);
  };
  now = 1_000_000;
  const troubles = createChannelTroubles({ now: () => now }, { warn: () => undefined });
  metrics = createMetrics({
    store: { totals, backlog: () => (isFailing ? Promise.reject(new Error('down')) : Promise.resolve(backlog)) },
    readiness: { problem: () => Promise.resolve(isFailing ? ('down' as const) : null) },
    troubles,
    maxChannels: 20,
  });
});

describe('createMetrics', () => {
  it('exports the totals of the store with a single query', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^relay_dead_letters 4$/m);
    expect(text).toMatch(/^relay_overdue_channels 6$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(queries).toBe(1);
  });

  it('exports every counter from the start, for each value of its label', async () => {
    const text = await metrics.registry.metrics();
    for (const result of ['stored', 'duplicate', 'unregistered', 'refused', 'busy', 'full', 'failed']) {
      expect(text).toContain(`relay_ingested_total{result="${result}"} 0`);
    }
    for (const result of ['delivered', 'gone', 'refused', 'error_response', 'timeout', 'no_connection']) {
      expect(text).toContain(`relay_attempts_total{result="${result}"} 0`);
    }
    for (const reason of ['refused', 'error_response', 'timeout', 'no_connection', 'skipped']) {
      expect(text).toContain(`relay_buried_total{reason="${reason}"} 0`);
    }
  });

  it('names the ten channels with the most dropped webhooks, as long as they are in trouble', async () => {
    for (let channel = 1; channel <= 12; channel++) {
      for (let webhook = 0; webhook < channel; webhook++)
        metrics.troubles.note('unknown', `${channel}`.padStart(4, '0'));
    }
    const text = await metrics.registry.metrics();
    const named = [...text.matchAll(/^relay_troubled_channel_webhooks\{trouble="unknown",channel="(\d+)"\} (\d+)$/gm)];
    expect(named.map(([, channel, webhooks]) => [Number(channel), Number(webhooks)])).toEqual(
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((number) => [number, number]),
    );
    now += 31 * 60_000;
    expect(await metrics.registry.metrics()).not.toMatch(/^relay_troubled_channel_webhooks\{/m);
  });

  it('exports the longest wait of each Zap by cause', async () => {
    backlog = {
      failingSubscriptions: 2,
      waiting: [
        { channel: 'firstchannel', waitingMs: 90_000, lastFailure: 'UND_ERR_HEADERS_TIMEOUT', description: null },
        { channel: 'firstchannel', waitingMs: 80_000, lastFailure: 'ATTEMPT_TIMEOUT', description: null },
        { channel: 'otherchannel', waitingMs: 70_000, lastFailure: 'HTTP 500', description: ZAP },
        { channel: 'firstchannel', waitingMs: 60_000, lastFailure: null, description: null },
        { channel: 'quietchannel', waitingMs: 4_000, lastFailure: null, description: null },
      ],
    };
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^relay_failing_subscriptions 2$/m);
    expect(text.match(/^relay_channel_waiting_seconds\{.*$/gm)).toEqual([
      'relay_channel_waiting_seconds{channel="firstcha",trigger="",zap="",cause="timeout"} 90',
      'relay_channel_waiting_seconds{channel="othercha",trigger="Lesson Completed",zap="987654",cause="error_response"} 70',
      'relay_channel_waiting_seconds{channel="firstcha",trigger="",zap="",cause="none"} 60',
    ]);
    backlog = { failingSubscriptions: 0, waiting: [] };
    expect(await metrics.registry.metrics()).not.toMatch(/^relay_channel_waiting_seconds\{/m);
  });

  it('exports metrics while the store is down, and reports that the process is not ready', async () => {
    isFailing = true;
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^relay_ready 0$/m);
  });
});
