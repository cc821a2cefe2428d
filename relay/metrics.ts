/** Prometheus metrics for the operator. Labels contain no personal data, no channels and no target URLs. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Clock } from './clock.ts';
import type { Store, Totals } from './store/store.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Help texts of the gauges that describe the store. All processes that share a store report the same values. */
const TOTALS_HELP: Record<keyof Totals, string> = {
  channels: 'Number of registered channels.',
  subscriptions: 'Number of subscriptions of all channels.',
  deliveries: 'Number of stored deliveries, including those whose body has been deleted.',
  deadLetters: 'Number of dead letters: deliveries that failed for a day and can be redriven.',
  storedBytes: 'Total size of the stored bodies, in bytes.',
  overdueChannels:
    'Number of channels with work that has been due for at least a second, and that no process has leased.',
};

/**
 * Creates the metrics of one process.
 *
 * @param store - queried for its totals whenever the metrics are read
 */
export function createMetrics(store: Pick<Store, 'totals'>, clock: Pick<Clock, 'now'>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  // All gauges are collected at once, so they share one query.
  let pending: Promise<Totals | null> | null = null;
  const totals = (): Promise<Totals | null> =>
    (pending ??= store
      .totals(clock.now())
      .catch(() => null)
      .finally(() => {
        pending = null;
      }));
  for (const name of Object.keys(TOTALS_HELP) as (keyof Totals)[]) {
    new Gauge({
      name: `relay_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      help: TOTALS_HELP[name],
      registers,
      async collect() {
        const found = await totals();
        if (found) this.set(found[name]);
      },
    });
  }
  new Gauge({
    name: 'relay_store_up',
    help: '1 if the store responded while the metrics were read; 0 if it did not, and its gauges are out of date.',
    registers,
    async collect() {
      this.set((await totals()) ? 1 : 0);
    },
  });

  return {
    registry,
    ingested: new Counter({
      name: 'relay_ingested_total',
      help: 'Webhooks received, by result: stored, duplicate, unregistered, full, failed.',
      labelNames: ['result'],
      registers,
    }),
    attempts: new Counter({
      name: 'relay_attempts_total',
      help: 'Delivery attempts, by result: delivered, gone, failed.',
      labelNames: ['result'],
      registers,
    }),
    buried: new Counter({
      name: 'relay_buried_total',
      help: 'Deliveries that became dead letters because their target failed for a day.',
      registers,
    }),
    leasedChannels: new Gauge({
      name: 'relay_leased_channels',
      help: 'Number of channels that this process has leased.',
      registers,
    }),
    leasesLost: new Counter({
      name: 'relay_leases_lost_total',
      help: 'Leases that this process lost because it or the database stalled, or because the channel was deleted.',
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'relay_commit_seconds',
      help: 'Time from receiving a webhook to its durable commit, in seconds.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    lagSeconds: new Histogram({
      name: 'relay_lag_seconds',
      help: 'Time from receiving a webhook to its delivery to a Zap, in seconds.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300, 3600, 86_400],
      registers,
    }),
  };
}
