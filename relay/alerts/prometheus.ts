/** A Prometheus server that scrapes relays every second. */

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../harness/free-port.ts';
import { killAndWait } from '../harness/relay-process.ts';
import { until } from '../harness/until.ts';

const START_MS = 30_000;
const POLL_MS = 250;

/** An alert that fires. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertsResponse {
  readonly data: { readonly alerts: readonly (FiringAlert & { readonly state: string })[] };
}

interface QueryResponse {
  readonly data: { readonly result: readonly unknown[] };
}

export interface Prometheus {
  /** Returns the alerts that fire. */
  readonly firing: () => Promise<FiringAlert[]>;
  /**
   * Waits until an alert fires whose labels contain the given ones.
   *
   * @returns the alert and the seconds waited; null if it does not fire in time
   */
  readonly waitFor: (
    name: string,
    labels: Readonly<Record<string, string>>,
    seconds: number,
  ) => Promise<{ readonly alert: FiringAlert; readonly seconds: number } | null>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Prometheus. Resolves once it scrapes every relay.
 *
 * @param folder - a folder for its data
 * @param ports - the ports of the relays on this machine
 * @throws {Error} if it is not installed or does not scrape every relay in time
 */
export async function startPrometheus(folder: string, rules: string, ports: readonly number[]): Promise<Prometheus> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'alerts.yml'), rules);
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: [
      { job_name: 'relay', static_configs: [{ targets: ports.map((number) => `127.0.0.1:${number}`) }] },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const failed = new Promise<never>((_resolve, reject) => {
    child.on('error', () => {
      reject(new Error('Prometheus is not installed. Install it (Debian: apt-get install prometheus).'));
    });
  });
  /** Returns true once every relay has been scraped twice, so that an increase is seen from then on. */
  const isReady = async (): Promise<boolean> => {
    try {
      const query = encodeURIComponent('count_over_time(up[1m]) > 1');
      const { data } = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as QueryResponse;
      return data.result.length === ports.length;
    } catch {
      return false;
    }
  };
  await Promise.race([failed, until(isReady, START_MS)]);

  const firing = async (): Promise<FiringAlert[]> => {
    const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as AlertsResponse;
    return data.alerts.filter(({ state }) => state === 'firing');
  };
  return {
    firing,
    waitFor: async (name, labels, seconds) => {
      const start = Date.now();
      const wanted = Object.entries({ ...labels, alertname: name });
      while (Date.now() - start < seconds * 1000) {
        const alert = (await firing()).find((candidate) =>
          wanted.every(([label, value]) => candidate.labels[label] === value),
        );
        if (alert) return { alert, seconds: (Date.now() - start) / 1000 };
        await sleep(POLL_MS);
      }
      return null;
    },
    stop: async () => {
      await killAndWait(child, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
