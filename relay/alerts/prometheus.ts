/** A Prometheus server that scrapes relays every second. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { parseDocument } from 'yaml';

import { freePort } from '../harness/free-port.ts';
import { killAndWait } from '../harness/relay-process.ts';
import { until } from '../harness/until.ts';

const START_MS = 30_000;
const POLL_MS = 250;

/** A firing alert. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertsResponse {
  readonly data: { readonly alerts: readonly (FiringAlert & { readonly state: string })[] };
}

/** A time series in the result of a query, with its newest value. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface QueryResponse {
  readonly data: { readonly result: readonly QueryResult[] };
}

export interface Prometheus {
  /** Returns the firing alerts. */
  readonly firing: () => Promise<FiringAlert[]>;
  /**
   * Waits until an alert with the given labels fires.
   *
   * @returns the alert and the seconds waited; null if it does not fire in time
   */
  readonly waitFor: (
    name: string,
    labels: Readonly<Record<string, string>>,
    seconds: number,
  ) => Promise<{ readonly alert: FiringAlert; readonly seconds: number } | null>;
  /** Evaluates an expression. @throws {Error} if Prometheus rejects it */
  readonly query: (expression: string) => Promise<readonly QueryResult[]>;
  readonly stop: () => Promise<void>;
}

/**
 * Returns `deploy/prometheus.yml`, changed for relays on other ports and with intervals of a second.
 *
 * @throws {Error} if the file does not have the expected form
 */
function shortConfiguration(ports: readonly number[]): string {
  const configuration = parseDocument(readFileSync(new URL('../../deploy/prometheus.yml', import.meta.url), 'utf8'));
  const set = (path: readonly (string | number)[], value: unknown): void => {
    if (!configuration.hasIn(path)) {
      throw new Error(`deploy/prometheus.yml has no ${path.join('.')}. Update relay/alerts/prometheus.ts.`);
    }
    configuration.setIn(path, value);
  };
  set(['global', 'scrape_interval'], '1s');
  set(['global', 'evaluation_interval'], '1s');
  set(
    ['scrape_configs', 0, 'static_configs', 0, 'targets'],
    ports.map((port) => `127.0.0.1:${port}`),
  );
  return configuration.toString();
}

/**
 * Starts Prometheus. Resolves once Prometheus scrapes every relay.
 *
 * @param folder - a folder for its data
 * @param ports - the ports of the relays on this machine
 * @throws {Error} if Prometheus is not installed or does not scrape every relay in time
 */
export async function startPrometheus(folder: string, rules: string, ports: readonly number[]): Promise<Prometheus> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'alerts.yml'), rules);
  writeFileSync(join(folder, 'prometheus.yml'), shortConfiguration(ports));
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
  const query = async (expression: string): Promise<readonly QueryResult[]> => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    if (!response.ok) throw new Error(`Prometheus rejects the query ${expression}: ${await response.text()}`);
    const { data } = (await response.json()) as QueryResponse;
    return data.result;
  };
  /** Returns true once every relay has been scraped twice, so that every later increase is visible. */
  const isReady = async (): Promise<boolean> => {
    try {
      return (await query('count_over_time(up[1m]) > 1')).length === ports.length;
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
    query,
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
