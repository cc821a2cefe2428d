/** What an operator can watch. Labels hold no personal data, and neither channels nor targets. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Store } from './store/store.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of one relay. */
export function createMetrics(store: Store) {
  const registry = new Registry();
  const registers = [registry];
  const totals = (name: 'channels' | 'subscriptions' | 'deliveries' | 'deadLetters' | 'storedBytes', help: string) =>
    new Gauge({
      name: `relay_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      help,
      registers,
      async collect() {
        this.set((await store.totals())[name]);
      },
    });
  totals('channels', 'Registered channels.');
  totals('subscriptions', 'Subscriptions of all channels.');
  totals('deliveries', 'Deliveries that are kept, those without a body among them.');
  totals('deadLetters', 'Deliveries that were given up for a subscription and can be sent again.');
  totals('storedBytes', 'Bytes of bodies that are kept.');

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
      help: 'Attempts to hand a delivery to a Zap by what came of them: delivered, gone, failed.',
      labelNames: ['result'],
      registers,
    }),
    buried: new Counter({
      name: 'relay_buried_total',
      help: 'Deliveries given up because their target was down for a day.',
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
