/** Prometheus metrics for the operator. Labels contain no personal data, no channels and no target URLs. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Store, Totals } from './store/store.ts';

/** The metrics of one relay process and the registry that exports them. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Help texts of the totals of the store. All processes on one store report the same totals. */
const TOTALS: Record<keyof Totals, string> = {
  channels: 'Registered channels.',
  subscriptions: 'Subscriptions in all channels.',
  deliveries: 'Stored deliveries, including those whose body is deleted.',
  deadLetters: 'Dead letters: deliveries that were given up for a subscription and can be redriven.',
  storedBytes: 'Bytes of stored bodies.',
  overdueChannels: 'Channels that have been due for more than a second without being leased by a process.',
};

/** Creates the metrics of one relay process. */
export function createMetrics(store: Pick<Store, 'totals'>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  // A scrape collects all gauges concurrently, so they share one query.
  let pendingTotals: Promise<Totals | null> | null = null;
  const totals = (): Promise<Totals | null> =>
    (pendingTotals ??= store
      .totals()
      .catch(() => null)
      .finally(() => {
        pendingTotals = null;
      }));
  for (const name of Object.keys(TOTALS) as (keyof Totals)[]) {
    new Gauge({
      name: `relay_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      help: TOTALS[name],
      registers,
      async collect() {
        const found = await totals();
        if (found) this.set(found[name]);
      },
    });
  }
  new Gauge({
    name: 'relay_store_up',
    help: '1 if the store responded to this scrape; 0 if it did not, in which case the totals of the store are outdated.',
    registers,
    async collect() {
      this.set((await totals()) ? 1 : 0);
    },
  });

  return {
    registry,
    ingested: new Counter({
      name: 'relay_ingested_total',
      help: 'Webhook requests received, by result: stored, duplicate, unregistered, refused, busy, full, failed.',
      labelNames: ['result'],
      registers,
    }),
    attempts: new Counter({
      name: 'relay_attempts_total',
      help: 'Delivery attempts, by result: delivered, gone, refused, failed.',
      labelNames: ['result'],
      registers,
    }),
    buried: new Counter({
      name: 'relay_buried_total',
      help: 'Deliveries that became dead letters because their target refused them or failed for a day.',
      registers,
    }),
    leasedChannels: new Gauge({
      name: 'relay_leased_channels',
      help: 'Channels that this process currently leases.',
      registers,
    }),
    leasesLost: new Counter({
      name: 'relay_leases_lost_total',
      help: 'Leases that this process lost, because it or the database stalled or because the channel was deleted.',
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
  };
}
