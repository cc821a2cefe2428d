import type { Clock } from '../../clock.ts';
import { createChannelTroubles } from '../../monitoring/channel-troubles.ts';
import { createMetrics, type Metrics } from '../../monitoring/metrics.ts';

/** Creates the metrics of a process. Gauges that read other parts of a relay have no values. */
export function createTestMetrics(clock: Pick<Clock, 'now'>): Metrics {
  const none = () => Promise.resolve(null);
  const unused = () => Promise.reject(new Error('The store is not used.'));
  return createMetrics({
    store: { totals: unused, backlog: unused },
    readiness: { problem: none },
    troubles: createChannelTroubles(clock, { warn: () => undefined }),
    machine: {
      host: 'relay.example.com',
      backupAt: none,
      disks: () => Promise.resolve([]),
      certificateTimeLeft: () => null,
    },
    maxChannels: 1,
    clock,
  });
}

/** A counter with at most one label. */
interface TestedCounter {
  readonly get: () => Promise<{ readonly values: readonly { readonly labels: object; readonly value: number }[] }>;
}

/** Returns the values of a counter that are not 0, by the values of its label. */
export async function countsOf(counter: TestedCounter): Promise<Record<string, number>> {
  const { values } = await counter.get();
  const counted = values.filter(({ value }) => value !== 0);
  return Object.fromEntries(counted.map(({ labels, value }) => [Object.values(labels).join(), value]));
}
