/** What an operator can watch. Labels hold no personal data, and neither channels nor targets. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Store, Totals } from './store/store.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** What all relays of a store have in common; one of them is enough to ask. */
const TOTALS: Record<keyof Totals, string> = {
  channels: 'Registered channels.',
  subscriptions: 'Subscriptions of all channels.',
  deliveries: 'Deliveries that are kept, those without a body among them.',
  deadLetters: 'Deliveries that were given up for a subscription and can be sent again.',
  storedBytes: 'Bytes of bodies that are kept.',
  overdueChannels: 'Channels that have had something to do for a second or more, and that no process serves.',
};

/** Creates the metrics of one relay. */
export function createMetrics(store: Pick<Store, 'totals'>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  // All are read at once, and the store is asked once for them.
  let asking: Promise<Totals | null> | null = null;
  const totals = (): Promise<Totals | null> =>
    (asking ??= store
      .totals()
      .catch(() => null)
      .finally(() => {
        asking = null;
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
    help: '1 when the store answered while these metrics were read, else 0, and what is said of the store is old.',
    registers,
    async collect() {
      this.set((await totals()) ? 1 : 0);
    },
  });

  return {
    registry,
    ingested: new Counter({
      name: 'relay_ingested_total',
      help: 'POSTs of TutorCruncher by what became of them: stored, duplicate, unregistered, full, failed.',
      labelNames: ['result'],
      registers,
    }),
    attempts: new Counter({
      name: 'relay_attempts_total',
      help: 'Attempts to hand a delivery to a Zap by what came of them: delivered, gone, refused, failed.',
      labelNames: ['result'],
      registers,
    }),
    buried: new Counter({
      name: 'relay_buried_total',
      help: 'Deliveries that became dead letters, because their target refused them or was down for a day.',
      registers,
    }),
    leasedChannels: new Gauge({
      name: 'relay_leased_channels',
      help: 'Channels that this process serves at the moment.',
      registers,
    }),
    leasesLost: new Counter({
      name: 'relay_leases_lost_total',
      help: 'Channels that this process could not hold, as it or the database was held up, or as they were forgotten.',
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'relay_commit_seconds',
      help: 'Time from a POST to its durable commit.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    lagSeconds: new Histogram({
      name: 'relay_lag_seconds',
      help: 'Time from a POST to its arrival at a Zap.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300, 3600, 86_400],
      registers,
    }),
  };
}
