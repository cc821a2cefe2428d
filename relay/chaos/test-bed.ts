/** The set-up of a scenario: relays on one store, target endpoints, and the load on the relays. */

import { setTimeout as sleep } from 'node:timers/promises';

import { CHANNEL_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { freePort } from '../harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callApi } from '../harness/relay-requests.ts';
import { check } from './checks.ts';
import { LoadGenerator } from './load-generator.ts';
import { checkPrevious } from './previous-checks.ts';
import { missingAt, TargetEndpoints } from './target-endpoints.ts';

/**
 * The flaky endpoint fails every 400th request, and the relay pauses for five seconds after each failure. A thousand
 * events therefore take at least 12 seconds.
 */
const DRAIN_MS = 400_000;
/** Time limit from the contract with supervisors; see `docs/relay.md`, "Upgrade without a gap". */
const MAX_STOP_MS = 10_000;
/** Number of requests that reach the 410 endpoint, including the one to which it responds with 410. */
const REQUESTS_UNTIL_GONE = 31;

type Environment = Readonly<Record<string, string>>;

export class TestBed {
  readonly targets: TargetEndpoints;
  readonly load: LoadGenerator;
  readonly relays: RelayProcess[] = [];
  readonly #ports: readonly number[];
  readonly #environment: Environment;

  private constructor(targets: TargetEndpoints, ports: readonly number[], environment: Environment) {
    this.targets = targets;
    this.#ports = ports;
    this.load = new LoadGenerator(ports.map((port) => `http://127.0.0.1:${port}`));
    this.#environment = {
      RELAY_TARGET_ORIGINS: targets.origin,
      RELAY_PACE_PER_SUBSCRIPTION: '5000',
      RELAY_PACE_PER_CHANNEL: '50000',
      RELAY_MAX_EVENTS_PER_MINUTE: '1000000',
      ...environment,
    };
  }

  /**
   * Starts relays and registers the sample channel.
   *
   * @param fileLimitKb - maximum size of a file that a relay may write
   */
  static async start(count: number, environment: Environment, fileLimitKb?: number): Promise<TestBed> {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) ports.push(await freePort());
    const bed = new TestBed(await TargetEndpoints.start(), ports, environment);
    for (const index of ports.keys()) await bed.startRelay(index, fileLimitKb);
    await bed.#api('PUT', CHANNEL_PATH);
    return bed;
  }

  async startRelay(index: number, fileLimitKb?: number): Promise<RelayProcess> {
    const relay = await startRelayProcess({
      port: this.#ports[index] ?? 0,
      environment: this.#environment,
      ...(fileLimitKb !== undefined && { fileLimitKb }),
    });
    this.relays[index] = relay;
    return relay;
  }

  async #api(method: 'PUT' | 'POST', path: string, body?: object): Promise<void> {
    const response = await callApi(this.load.origins[0] ?? '', method, path, body);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${method} ${path} returned ${response.status}.`);
  }

  /** Subscribes the endpoint with this index. */
  subscribe(index: number): Promise<void> {
    return this.#api('POST', SUBSCRIPTIONS_PATH, { target_url: this.targets.urlOf(index), actions: ['A'] });
  }

  async subscribeAll(): Promise<void> {
    for (const index of this.targets.all.keys()) await this.subscribe(index);
  }

  /** Waits until a relay holds the lease on the channel. Returns that relay. */
  async leaseHolder(): Promise<RelayProcess> {
    for (;;) {
      for (const relay of this.relays) {
        const response = await fetch(`${relay.url}/metrics`);
        if (/^relay_leased_channels 1$/m.test(await response.text())) return relay;
      }
      await sleep(20);
    }
  }

  #printDeliveries(): void {
    const row = (name: string, cells: readonly (string | number)[]) =>
      name.padEnd(22) + cells.map((cell) => String(cell).padStart(10)).join('');
    console.log(`\n${row('endpoint', ['requests', 'missing', 'repeated', 'rejected'])}`);
    for (const target of this.targets.all) {
      const missing = target.isLive ? missingAt(target, this.load.acknowledged) : '-';
      const repeated = [...target.deliveries.values()].filter((count) => count > 1).length;
      console.log(row(target.name, [target.requests, missing, repeated, target.rejected]));
    }
    console.log('');
  }

  /** Prints the state of the channel, to explain missing deliveries. */
  async #printChannelStates(): Promise<void> {
    for (const { url } of this.relays) console.log(await (await callApi(url, 'GET', CHANNEL_PATH)).text());
  }

  /**
   * Retries unacknowledged events, waits until all events have arrived, and checks them.
   *
   * @param restarts - number of interruptions of a relay, each of which may repeat one request
   */
  async checkDeliveries(scenario: string, restarts: number): Promise<void> {
    const { load, targets } = this;
    await load.retry();
    await targets.drain(load.acknowledged, DRAIN_MS);
    console.log(`\n${scenario}: ${load.acknowledged.size} acknowledged. Responses: ${load.summary}`);
    this.#printDeliveries();
    for (const target of targets.live) {
      const isComplete = missingAt(target, load.acknowledged) === 0;
      check(isComplete, `${scenario}; ${target.name}: every acknowledged event arrived`);
    }
    if (targets.live.some((target) => missingAt(target, load.acknowledged) > 0)) await this.#printChannelStates();
    const isVerified = targets.all.every(({ rejected }) => rejected === 0);
    check(isVerified, `${scenario}: every envelope could be opened, and the signature of every body is valid`);
    checkPrevious(scenario, targets);
    check(targets.redirected.requests === 0, `${scenario}: no redirect was followed`);
    const isLeftAlone = targets.gone.requests <= REQUESTS_UNTIL_GONE + restarts;
    check(isLeftAlone, `${scenario}: no request was sent to an endpoint after its 410`);
  }

  /** Stops the relays with SIGTERM and checks that they exit in time. */
  async stop(): Promise<void> {
    // A process that was suspended by SIGSTOP handles SIGTERM only after it continues.
    for (const { child } of this.relays) child.kill('SIGCONT');
    const start = performance.now();
    await Promise.all(this.relays.map(({ kill }) => kill('SIGTERM')));
    const milliseconds = Math.round(performance.now() - start);
    check(milliseconds < MAX_STOP_MS, `SIGTERM ended the relays within 10 s (${milliseconds} ms)`);
    this.targets.close();
    await this.load.close();
  }
}
