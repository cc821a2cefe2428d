/**
 * Prometheus with `deploy/prometheus.yml`, and the queries of `deploy/grafana-dashboard.json` on the metrics of a
 * relay.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { startPrometheus } from '../alerts/prometheus.ts';
import { freePort } from '../harness/free-port.ts';
import { startRelayProcess } from '../harness/relay-process.ts';
import { whereAvailable } from './required-tool.ts';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

/** Panels that are empty while no channel has a problem. */
const EMPTY = ['Longest wait', 'Webhooks of channels in trouble'];

const read = (name: string): string => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

/** `it` for tests that need Prometheus. Skips them if Prometheus is not installed. */
const itWithPrometheus = whereAvailable(
  it,
  spawnSync('prometheus', ['--version']).status === 0,
  'the test of deploy/prometheus.yml',
  'Install Prometheus (Debian: apt-get install prometheus).',
);

describe('deploy/prometheus.yml', () => {
  itWithPrometheus('scrapes a relay so that every panel of the dashboard shows its metrics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const port = await freePort();
    const relay = await startRelayProcess({
      port,
      environment: { RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') },
    });
    const prometheus = await startPrometheus(join(folder, 'prometheus'), read('alerts.yml'), [port]);
    try {
      expect((await prometheus.query('up{job="relay"}')).map(({ value }) => value[1])).toEqual(['1']);
      const { panels } = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
      for (const { title, targets } of panels) {
        const results = await Promise.all(
          targets.map(({ expr }) => prometheus.query(expr.replace('$job', '.+').replace('$__rate_interval', '1m'))),
        );
        const isShown = results.every((result) => result.length > 0);
        expect([title, isShown]).toEqual([title, !EMPTY.includes(title)]);
      }
    } finally {
      await prometheus.stop();
      await relay.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});
