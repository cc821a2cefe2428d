/**
 * The Prometheus alerts in `deploy/alerts.yml`, whose timing is tested with promtool, and the dashboard for Grafana.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { createChannelTroubles } from '../../relay/monitoring/channel-troubles.ts';
import { systemClock } from '../../relay/clock.ts';
import { NO_MACHINE } from '../../relay/harness/no-machine.ts';
import { createMetrics } from '../../relay/monitoring/metrics.ts';
import { whereAvailable } from '../../relay/test/support/required-tool.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rules = read('deploy/alerts.yml');
const TEST_FILES = ['test/deploy/alerts.test.yml', 'test/deploy/alerts-of-days.test.yml'];
const tests = TEST_FILES.map(read).join('');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

/** The `it` of tests that need promtool. Skips them if promtool is not installed. */
const itWithPromtool = whereAvailable(
  it,
  spawnSync('promtool', ['--version']).status === 0,
  'the tests of the alerts',
  'Install promtool (Debian: apt-get install prometheus).',
);

async function metricNames(): Promise<string[]> {
  const metrics = createMetrics({
    store: { totals: () => Promise.reject(new Error('down')), backlog: () => Promise.reject(new Error('down')) },
    readiness: { problem: () => Promise.resolve(null) },
    troubles: createChannelTroubles(systemClock, { warn: () => undefined }),
    machine: NO_MACHINE,
    maxChannels: 20,
  });
  return (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
}

/** Returns the metrics that expressions name but a relay does not have. */
async function unknownMetrics(expressions: readonly string[]): Promise<string[]> {
  const known = new Set((await metricNames()).flatMap((name) => [name, `${name}_bucket`]));
  const used = expressions.flatMap((text) => text.match(/\b(?:relay_|process_|nodejs_)\w+/g) ?? []);
  expect(used.length).toBeGreaterThanOrEqual(expressions.length - 1);
  return used.filter((name) => !known.has(name));
}

describe('deploy/grafana-dashboard.json', () => {
  it('shows every metric of the relay, and no others', async () => {
    const dashboard = read('deploy/grafana-dashboard.json');
    const expressions = [...dashboard.matchAll(/"expr": "(.+)"/g)].map(([, text = '']) => text);
    expect(await unknownMetrics(expressions)).toEqual([]);
    const own = (await metricNames()).filter((name) => name.startsWith('relay_'));
    expect(own.filter((name) => !dashboard.includes(name))).toEqual([]);
  });
});

describe('deploy/alerts.yml', () => {
  it('uses only existing metrics', async () => {
    const expressions = [...rules.matchAll(/expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/g)].map(
      ([, block, line]) => block ?? line ?? '',
    );
    expect(expressions).toHaveLength(alerts.length);
    expect(await unknownMetrics(expressions)).toEqual([]);
  });

  it('has a test and a section in docs/relay-alerts.md for every alert', () => {
    expect(alerts.length).toBeGreaterThan(10);
    const headings = read('docs/relay-alerts.md').match(/^### \w+$/gm) ?? [];
    expect(headings.map((heading) => heading.slice(4))).toEqual(alerts);
    for (const name of alerts) {
      expect(tests).toContain(`alertname: ${name}`);
      expect(rules).toContain(`runbook: docs/relay-alerts.md#${name.toLowerCase()}`);
    }
  });

  itWithPromtool.each(TEST_FILES)('fires each alert in time, according to %s', (file) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});
