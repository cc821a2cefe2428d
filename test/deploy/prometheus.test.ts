/** Prometheus with `deploy/prometheus.yml`, which reads the metrics of a relay. */

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { freePort } from '../../relay/harness/free-port.ts';
import { killAndWait, killOnExit, startRelayProcess } from '../../relay/harness/relay-process.ts';
import { ORIGIN } from '../../relay/harness/sample-delivery.ts';
import { until } from '../../relay/harness/until.ts';
import { whereAvailable } from '../../relay/test/support/required-tool.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { itWith, run } from './deploy-folder.ts';

const itWithPrometheus = whereAvailable(
  it,
  spawnSync('prometheus', ['--version']).status === 0,
  'the test of deploy/prometheus.yml with a relay',
  'Install Prometheus (Debian: apt-get install prometheus).',
);

const folder = temporaryFolder();

itWithPrometheus('Prometheus reads the metrics of a relay on the same machine', async () => {
  const environment = { RELAY_ORIGIN: ORIGIN, RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') };
  const relay = await startRelayProcess({ environment });
  const target = new URL(relay.url).host;
  const config = readFileSync('deploy/prometheus.yml', 'utf8')
    .replace('127.0.0.1:4100', target)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s');
  writeFileSync(join(folder, 'prometheus.yml'), config);
  copyFileSync('deploy/alerts.yml', join(folder, 'alerts.yml'));
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`];
  const prometheus = spawn('prometheus', args, { cwd: folder, stdio: 'ignore' });
  killOnExit(prometheus);
  const query = async (): Promise<unknown> => {
    const response = await fetch(`http://${address}/api/v1/query?query=relay_ready`).catch(() => null);
    return response?.ok ? response.json() : null;
  };
  const found = {
    metric: { __name__: 'relay_ready', instance: target, job: 'relay' },
    value: [expect.any(Number), '1'],
  };
  try {
    await until(async () => JSON.stringify(await query()).includes(target));
    expect(await query()).toMatchObject({ data: { result: [found] } });
  } finally {
    await killAndWait(prometheus, 'SIGKILL');
    await relay.kill('SIGKILL');
  }
});

describe('deploy/prometheus.yml', () => {
  itWith('promtool', 'prometheus')('is valid, as is deploy/alerts.yml', () => {
    expect(run('promtool', ['check', 'config', 'prometheus.yml'])).toMatchObject({ status: 0 });
  });
});
