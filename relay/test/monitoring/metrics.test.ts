import { beforeEach, expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { createChannelTroubles } from '../../monitoring/channel-troubles.ts';
import { createMetrics, type Metrics } from '../../monitoring/metrics.ts';
import type { Unreadiness } from '../../monitoring/readiness.ts';
import type { Backlog, Totals } from '../../store/upkeep/totals.ts';

const TOTALS: Totals = {
  channels: 1,
  subscriptions: 2,
  deliveries: 3,
  rememberedDeliveries: 2,
  deadLetters: 4,
  storedBytes: 5,
  pausedSubscriptions: 7,
  silentChannels: 8,
};
const ZAP = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
let backupAt: number | null;
let timeLeft: number | null;
let metrics: Metrics;
let queries: number;
let now: number;
let countMs: number;
let backlog: Backlog;
let unreadiness: Unreadiness | null;
let isStoreBroken: boolean;

beforeEach(() => {
  queries = 0;
  now = 0;
  countMs = 0;
  backlog = { overdueChannels: 6, failingSubscriptions: 0, waiting: [] };
  backupAt = 1_000_000;
  timeLeft = 0.25;
  unreadiness = null;
  isStoreBroken = false;
  const failure = new Error('The store does not respond.');
  const totals = () => {
    queries++;
    now += countMs;
    return isStoreBroken ? Promise.reject(failure) : Promise.resolve(TOTALS);
  };
  metrics = createMetrics({
    store: { totals, backlog: () => (isStoreBroken ? Promise.reject(failure) : Promise.resolve(backlog)) },
    readiness: { problem: () => Promise.resolve(unreadiness) },
    troubles: createChannelTroubles({ now: () => 0 }, { warn: () => undefined }),
    machine: {
      host: 'relay.example.com',
      backupAt: () => Promise.resolve(backupAt),
      disks: () => Promise.resolve([{ use: 'database', folder: '/data', freeBytes: 5, bytes: 50 }]),
      certificateTimeLeft: () => timeLeft,
    },
    maxChannels: 20,
    clock: { now: () => now },
  });
});
const textOf = () => metrics.registry.metrics();

it('exports the totals of the store with a single query, and every counter from the start', async () => {
  const text = await textOf();
  expect(text).toMatch(/^relay_dead_letters 4$/m);
  expect(text).toMatch(/^relay_overdue_channels 6$/m);
  expect(text).toMatch(/^relay_silent_channels 8$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(queries).toBe(1);
  expect(text.match(/^relay_ingested_total\{result="\w+"\} 0$/gm)).toHaveLength(10);
  expect(text.match(/^relay_attempts_total\{result="\w+"\} 0$/gm)).toHaveLength(6);
  expect(text.match(/^relay_buried_total\{reason="\w+"\} 0$/gm)).toHaveLength(9);
});

it('counts the totals once a minute, and less often if the count takes long', async () => {
  const queriesAt = async (time: number) => {
    now = time;
    await textOf();
    return queries;
  };
  expect(await queriesAt(0)).toBe(1);
  expect(await queriesAt(59_999)).toBe(1);
  countMs = 200;
  expect(await queriesAt(60_000)).toBe(2);
  expect(await queriesAt(260_199)).toBe(2);
  expect(await queriesAt(260_200)).toBe(3);
});

it('shows the last values of the store while it cannot be read, beside the values of the process', async () => {
  backlog = { ...backlog, failingSubscriptions: 3 };
  const ofStore = async () =>
    (await textOf()).match(/^relay_(?:dead_letters|overdue_channels|failing_subscriptions|ready|max_channels) \d+$/gm);
  const before = await ofStore();
  expect(before).toEqual([
    'relay_dead_letters 4',
    'relay_overdue_channels 6',
    'relay_failing_subscriptions 3',
    'relay_max_channels 20',
    'relay_ready 1',
  ]);
  isStoreBroken = true;
  unreadiness = 'down';
  now += 2 * HOUR;
  expect(await ofStore()).toEqual([...(before ?? []).slice(0, -1), 'relay_ready 0']);
  expect(queries).toBe(2);
});

it('keeps the waits of channels while the store cannot be read', async () => {
  const waiting = [{ channel: 'firstchannel', waitingMs: 9_000, lastFailure: null, description: null }];
  backlog = { ...backlog, waiting };
  const waits = async () => (await textOf()).match(/^relay_channel_waiting_seconds\{.* 9$/gm);
  expect(await waits()).toHaveLength(1);
  isStoreBroken = true;
  expect(await waits()).toHaveLength(1);
});

it('counts times in buckets whose bounds include the thresholds of alerts and dashboards', async () => {
  for (const seconds of [0.02, 0.9, 1.1]) metrics.commitSeconds.observe(seconds);
  for (const seconds of [0.02, 4, 7_200]) metrics.lagSeconds.observe(seconds);
  const text = await textOf();
  const atMost = (name: string, seconds: string) =>
    Number(new RegExp(`^relay_${name}_seconds_bucket\\{le="${seconds}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  expect(['0.025', '1', '5'].map((seconds) => atMost('commit', seconds))).toEqual([1, 2, 3]);
  expect(['0.025', '5', '3600', '86400'].map((seconds) => atMost('lag', seconds))).toEqual([1, 2, 2, 3]);
});

it('names the ten channels with the most dropped webhooks', async () => {
  for (let channel = 1; channel <= 12; channel++) {
    for (let webhook = 0; webhook < channel; webhook++)
      metrics.troubles.count('unknown', `${channel}`.padStart(4, '0'), null);
  }
  const named = (await textOf()).matchAll(
    /^relay_troubled_channel_webhooks\{trouble="unknown",channel="(\d+)"\} (\d+)$/gm,
  );
  const numbers = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3];
  expect([...named].map(([, ...found]) => found.map(Number))).toEqual(numbers.map((number) => [number, number]));
});

it('exports the longest wait of each Zap by cause', async () => {
  const waiting = (
    channel: string,
    waitingMs: number,
    lastFailure: string | null,
    description: typeof ZAP | null = null,
  ) => ({ channel, waitingMs, lastFailure, description });
  backlog = {
    overdueChannels: 0,
    failingSubscriptions: 2,
    waiting: [
      waiting('firstchannel', 90_000, 'UND_ERR_HEADERS_TIMEOUT'),
      waiting('firstchannel', 80_000, 'ATTEMPT_TIMEOUT'),
      waiting('otherchannel', 70_000, 'HTTP 500', ZAP),
      waiting('firstchannel', 60_000, null),
      waiting('slowchannel', 5_000, null),
      waiting('quietchannel', 4_999, null),
    ],
  };
  const text = await textOf();
  expect(text).toMatch(/^relay_failing_subscriptions 2$/m);
  const zap = 'trigger="Lesson Completed",zap="987654"';
  expect(text.match(/^relay_channel_waiting_seconds\{.*$/gm)).toEqual([
    'relay_channel_waiting_seconds{channel="slowchan",trigger="",zap="",cause="none"} 5',
    'relay_channel_waiting_seconds{channel="firstcha",trigger="",zap="",cause="none"} 60',
    `relay_channel_waiting_seconds{channel="othercha",${zap},cause="error_response"} 70`,
    'relay_channel_waiting_seconds{channel="firstcha",trigger="",zap="",cause="timeout"} 90',
  ]);
  backlog = { overdueChannels: 6, failingSubscriptions: 0, waiting: [] };
  expect(await textOf()).not.toMatch(/^relay_channel_waiting_seconds\{/m);
});

it('exports the backup, the disks and the certificate, and nothing for those that are unknown', async () => {
  const lines = async () => (await textOf()).match(/^relay_(?:last_backup|disk|certificate)_\w+\{.*$/gm);
  expect(await lines()).toEqual([
    'relay_last_backup_timestamp_seconds{folder="backups"} 1000',
    'relay_disk_free_bytes{folder="database"} 5',
    'relay_disk_bytes{folder="database"} 50',
    'relay_certificate_time_left_ratio{host="relay.example.com"} 0.25',
  ]);
  backupAt = null;
  timeLeft = null;
  expect(await lines()).toEqual([
    'relay_disk_free_bytes{folder="database"} 5',
    'relay_disk_bytes{folder="database"} 50',
  ]);
  expect(await textOf()).not.toMatch(/^relay_(?:last_backup|certificate)_\w+ /m);
});
