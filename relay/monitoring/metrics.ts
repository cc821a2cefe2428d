/**
 * Prometheus metrics for the operator. Labels contain no personal data, no target URLs, and only the short names of
 * channels. Every metric without a channel label exists with the value 0 from the start, so that alerts can detect an
 * increase.
 */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { HOUR_MS, type Clock } from '../clock.ts';
import { TROUBLES, type ChannelTroubles } from './channel-troubles.ts';
import { FAILURE_KINDS, kindOfFailure } from '../failure-kind.ts';
import type { Disk } from './disks.ts';
import type { Machine } from './machine.ts';
import type { Readiness } from './readiness.ts';
import { REFUSALS } from '../refusal-reasons.ts';
import { createReusedResults, type ReuseTimes } from '../reused-results.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { Store } from '../store/store.ts';
import type { Backlog, Totals } from '../store/upkeep/totals.ts';

const INGEST_RESULTS = ['stored', 'duplicate', ...Object.keys(REFUSALS)];
const ATTEMPT_RESULTS = ['delivered', 'gone', ...FAILURE_KINDS] as const;
const BURIAL_REASONS = [...FAILURE_KINDS, 'too_large', 'no_content', 'skipped', 'gone', 'unsubscribed'] as const;
/** Maximum number of channels with refused webhooks that are exported by name, for each reason. */
const NAMED_CHANNELS = 10;
/** Maximum number of subscriptions that are exported by name. The subscriptions with the longest waits are exported. */
const NAMED_SUBSCRIPTIONS = 50;
/** Minimum wait that is exported, in milliseconds. */
const MIN_NAMED_MS = 5_000;

/** The metrics of one relay process and the registry that exports them. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Intervals between two counts of the totals. The totals change slowly, and counting takes longer the more channels
 * there are. The totals are therefore counted once a minute, and less often if counting would take more than a
 * thousandth of the time.
 */
const TOTALS_REUSE: ReuseTimes = { minAgeMs: 60_000, maxAgeMs: HOUR_MS, agePerDuration: 1_000 };

/** Help texts of the store's totals. All processes that share a store report the same totals. */
const TOTALS: Record<keyof Totals, string> = {
  channels: 'Registered channels.',
  subscriptions: 'Subscriptions in all channels.',
  deliveries: 'Deliveries whose digest is stored, with and without content.',
  rememberedDeliveries: 'Stored deliveries that are kept only so that later deliveries can be compared with them.',
  deadLetters: 'Dead letters: deliveries that were given up for a subscription and can be redriven.',
  storedBytes: 'Bytes of stored bodies.',
  pausedSubscriptions: 'Subscriptions that the operator has paused.',
  silentChannels: 'Channels with Zaps that have received no webhook for longer than usual.',
};

interface MetricSources {
  readonly store: Pick<Store, 'totals' | 'backlog'>;
  readonly readiness: Pick<Readiness, 'problem'>;
  readonly troubles: ChannelTroubles;
  readonly machine: Machine;
  readonly maxChannels: number;
  /** The clock; default: the monotonic clock of the process. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A value of a gauge, with its labels. */
type Labelled = readonly [labels: Readonly<Record<string, string>>, value: number];
type Value = number | readonly Labelled[] | null;

/**
 * Returns the waits by channel, trigger, Zap and cause, in seconds. The longest wait comes last, so that it is the
 * exported wait if several waits have the same labels.
 */
const waitingSeconds = ({ waiting }: Backlog): Labelled[] =>
  waiting
    .filter(({ waitingMs }) => waitingMs >= MIN_NAMED_MS)
    .sort((one, other) => one.waitingMs - other.waitingMs)
    .map(({ channel, waitingMs, lastFailure, description }) => {
      const cause = lastFailure === null ? 'none' : kindOfFailure(lastFailure);
      const { trigger, zap } = zapNamesOf(description);
      return [{ channel: shortNameOf(channel), trigger: trigger ?? '', zap: zap ?? '', cause }, waitingMs / 1000];
    });

type AddGauge = (name: string, help: string, read: () => Value | Promise<Value>, labelNames?: string[]) => void;

/**
 * Adds the gauges of a relay's environment. The gauges have labels, because prom-client exports a gauge without labels
 * as 0 until the gauge has a value.
 */
function addMachine(add: AddGauge, machine: Machine): void {
  add(
    'relay_last_backup_timestamp_seconds',
    'Time of the newest backup in RELAY_BACKUP_FOLDER; 0 if there is none.',
    async () => {
      const at = await machine.backupAt();
      return at === null ? [] : [[{ folder: 'backups' }, at / 1000]];
    },
    ['folder'],
  );
  const spaceOf = async (read: (disk: Disk) => number) =>
    (await machine.disks()).map((disk): Labelled => [{ folder: disk.use }, read(disk)]);
  add(
    'relay_disk_free_bytes',
    'Free space on the disk of the SQLite file (database), and of the backups if they are on another disk.',
    () => spaceOf(({ freeBytes }) => freeBytes),
    ['folder'],
  );
  add('relay_disk_bytes', 'Size of this disk.', () => spaceOf(({ bytes }) => bytes), ['folder']);
  add(
    'relay_certificate_time_left_ratio',
    'Remaining fraction of the validity period of the certificate of RELAY_ORIGIN; negative after its expiry.',
    () => {
      const left = machine.certificateTimeLeft();
      return left === null ? [] : [[{ host: machine.host }, left]];
    },
    ['host'],
  );
}

/**
 * Returns a function that adds gauges whose values are read at each scrape. A gauge keeps its last value if the new
 * value is null.
 */
function gaugesOf(registers: readonly Registry[]): AddGauge {
  return (name, help, read, labelNames = []) => {
    async function collect(this: Gauge): Promise<void> {
      const value = await read();
      if (value === null) return;
      this.reset();
      for (const [labels, each] of typeof value === 'number' ? [[{}, value] as const] : value) this.set(labels, each);
    }
    new Gauge({ name, help, labelNames, registers: [...registers], collect });
  };
}

/**
 * Adds the gauges that are read from the store. A scrape collects the gauges concurrently, so the gauges share two
 * queries.
 */
function addStored(add: AddGauge, store: MetricSources['store'], clock: MetricSources['clock']): void {
  const allTotals = createReusedResults<Totals>(TOTALS_REUSE, clock);
  const backlogs = createReusedResults<Backlog>({ maxAgeMs: 0 });
  // The result is null if the query fails.
  const totals = () => allTotals.get('', () => store.totals()).catch(() => null);
  const backlog = () => backlogs.get('', () => store.backlog(NAMED_SUBSCRIPTIONS)).catch(() => null);

  for (const name of Object.keys(TOTALS) as (keyof Totals)[]) {
    const metric = `relay_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    add(metric, TOTALS[name], async () => (await totals())?.[name] ?? null);
  }
  const overdue = async () => (await backlog())?.overdueChannels ?? null;
  const overdueHelp = 'Channels that have been due for more than a second without being served by a process.';
  add('relay_overdue_channels', overdueHelp, overdue);
  const failing = async () => (await backlog())?.failingSubscriptions ?? null;
  add('relay_failing_subscriptions', 'Subscriptions whose last attempt failed.', failing);
  add(
    'relay_channel_waiting_seconds',
    `Age of the oldest waiting delivery by channel, trigger, Zap and the cause of the last failure (none if there is no failure), ` +
      `for the ${NAMED_SUBSCRIPTIONS} subscriptions that have waited longest.`,
    async () => {
      const found = await backlog();
      return found && waitingSeconds(found);
    },
    ['channel', 'trigger', 'zap', 'cause'],
  );
}

/** Adds the gauges of the process: its limit, its readiness, and the channels whose webhooks it refuses. */
function addProcess(add: AddGauge, { readiness, troubles, maxChannels }: MetricSources): void {
  add('relay_max_channels', 'Slots for channels (RELAY_MAX_CHANNELS).', () => maxChannels);
  add(
    'relay_ready',
    '1 if the process can store and deliver webhooks; 0 if its store is full, fails or does not respond.',
    async () => ((await readiness.problem()) === null ? 1 : 0),
  );
  add(
    'relay_troubled_channel_webhooks',
    `Recently refused webhooks by channel, for ${NAMED_CHANNELS} channels in each kind of trouble, those of registered channels and known senders first.`,
    () =>
      TROUBLES.flatMap((trouble) => {
        const channels = troubles.channels(trouble).slice(0, NAMED_CHANNELS);
        return channels.map(({ name, webhooks }): Labelled => [{ trouble, channel: name }, webhooks]);
      }),
    ['trouble', 'channel'],
  );
}

/** Creates a counter with one label. All values of the label are exported from the start. */
function counterBy<Label extends string>(
  registers: Registry[],
  label: Label,
  values: readonly string[],
  name: string,
  help: string,
) {
  const counter = new Counter({ name, help: `${help}: ${values.join(', ')}.`, labelNames: [label], registers });
  for (const value of values) counter.labels(value).inc(0);
  return counter;
}

/** Creates the metrics that the parts of a process set. */
const createOwnMetrics = (registers: Registry[]) => ({
  ingested: counterBy(
    registers,
    'result',
    INGEST_RESULTS,
    'relay_ingested_total',
    'Webhook requests received, by result',
  ),
  attempts: counterBy(registers, 'result', ATTEMPT_RESULTS, 'relay_attempts_total', 'Delivery attempts, by result'),
  buried: counterBy(
    registers,
    'reason',
    BURIAL_REASONS,
    'relay_buried_total',
    'Deliveries that became dead letters, by the result of their last attempt, because Zapier would not accept their size, because their content was missing, because the operator skipped them, because their Zap was off (410), or because it was turned off',
  ),
  highRates: new Counter({
    name: 'relay_high_rates_total',
    help: 'Webhook requests of channels that had used more than half of RELAY_MAX_EVENTS_PER_MINUTE.',
    registers,
  }),
  unsplitWebhooks: new Counter({
    name: 'relay_unsplit_webhooks_total',
    help: 'Stored webhook requests with several events, which Zaps do not compare with earlier events.',
    registers,
  }),
  pauses: new Counter({
    name: 'relay_pauses_total',
    help: 'Pauses of the process or of the machine of at least 10 seconds.',
    registers,
  }),
  pausedSeconds: new Counter({
    name: 'relay_paused_seconds_total',
    help: 'Seconds for which the process or the machine has paused.',
    registers,
  }),
  claimedChannels: new Gauge({
    name: 'relay_leased_channels',
    help: 'Channels that this process has claimed.',
    registers,
  }),
  claimsLost: new Counter({
    name: 'relay_leases_lost_total',
    help: 'Claims that this process lost, because it or the database stalled or because the channel was deleted.',
    registers,
  }),
  commitSeconds: new Histogram({
    name: 'relay_commit_seconds',
    help: 'Seconds from receiving a webhook request to its durable commit.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  }),
  lagSeconds: new Histogram({
    name: 'relay_lag_seconds',
    help: 'Seconds from receiving a webhook request to its delivery to a Zap.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300, 3600, 86_400],
    registers,
  }),
});

/** Creates the metrics of one relay process. */
export function createMetrics(sources: MetricSources) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const add = gaugesOf(registers);
  addStored(add, sources.store, sources.clock);
  addProcess(add, sources);
  addMachine(add, sources.machine);
  return { registry, troubles: sources.troubles, ...createOwnMetrics(registers) };
}
