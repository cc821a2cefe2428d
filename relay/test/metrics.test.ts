import { readFileSync } from 'node:fs';

import { beforeEach, describe, expect, it } from '@jest/globals';

import { createMetrics, type Metrics } from '../metrics.ts';
import type { Totals } from '../store/store.ts';

const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

const TOTALS: Totals = {
  channels: 1,
  subscriptions: 2,
  deliveries: 3,
  deadLetters: 4,
  storedBytes: 5,
  overdueChannels: 6,
};

let metrics: Metrics;
let isFailing: boolean;
let queries: number;

beforeEach(() => {
  isFailing = false;
  queries = 0;
  const totals = () => {
    queries++;
    return isFailing ? Promise.reject(new Error('down')) : Promise.resolve(TOTALS);
  };
  metrics = createMetrics({ totals });
});

/** Returns the names of the exported time series. A histogram exports three in addition to its own name. */
async function exported(): Promise<Set<string>> {
  const names = (await metrics.registry.getMetricsAsJSON()).flatMap(({ name, type }) =>
    String(type) === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set(names);
}

/** Returns the names of metrics in a text. */
const namesIn = (text: string): string[] => [
  ...new Set(text.match(/\b(?:relay_(?!test)|process_|nodejs_)[a-z0-9_]+\b/g) ?? []),
];

interface Dashboard {
  readonly panels: { readonly title: string; readonly targets: { readonly expr: string }[] }[];
}

describe('createMetrics', () => {
  it('exports the totals of the store with a single query', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^relay_dead_letters 4$/m);
    expect(text).toMatch(/^relay_overdue_channels 6$/m);
    expect(text).toMatch(/^relay_store_up 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(queries).toBe(1);
  });

  it('exports metrics while the store is down, and reports that it is', async () => {
    isFailing = true;
    expect(await metrics.registry.metrics()).toMatch(/^relay_store_up 0$/m);
  });
});

describe('docs/grafana-dashboard.json', () => {
  const text = read('grafana-dashboard.json');
  const { panels } = JSON.parse(text) as Dashboard;

  it('queries only existing metrics, in every panel', async () => {
    const known = await exported();
    for (const { title, targets } of panels) {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) {
        const names = namesIn(expr);
        expect([title, names.length]).not.toEqual([title, 0]);
        expect([title, names.filter((name) => !known.has(name))]).toEqual([title, []]);
      }
    }
  });

  it('shows every metric of the relay', async () => {
    const shown = new Set(namesIn(text).map((name) => name.replace(/_bucket$/, '')));
    const own = [...(await exported())].filter(
      (name) => name.startsWith('relay_') && !/_(bucket|sum|count)$/.test(name),
    );
    expect(own.filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('docs/relay.md', () => {
  it('names only existing metrics', async () => {
    const known = await exported();
    expect(namesIn(read('relay.md')).filter((name) => !known.has(name))).toEqual([]);
  });
});
