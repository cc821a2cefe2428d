/** A relay process whose store, log and deliveries a test searches. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import type { OpenedDelivery } from '../../wire/sealing/envelope-opener.ts';
import { sendCommand } from '../admin/client.ts';
import { freePort } from '../harness/free-port.ts';
import { openAttempt } from '../harness/opened-deliveries.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { startTargetServer, type ReceivedRequest, type TargetServer } from '../harness/target-server.ts';

/** A relay process whose store and log can be searched. It can be stopped and started again. */
export class SearchedRelay {
  readonly folder: string;
  readonly target: TargetServer;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #port: number;
  #relay: RelayProcess | null = null;
  readonly #opened = new WeakMap<ReceivedRequest, Promise<OpenedDelivery>>();

  private constructor(
    folder: string,
    target: TargetServer,
    port: number,
    environment: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.target = target;
    this.#port = port;
    this.#environment = {
      LOG_LEVEL: 'trace',
      TMPDIR: folder,
      RELAY_ADMIN_SOCKET: this.socket,
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_MAX_EVENTS_PER_MINUTE: '1000000',
      ...environment,
    };
  }

  static async create(environment: (folder: string) => Readonly<Record<string, string>>): Promise<SearchedRelay> {
    const folder = mkdtempSync(join(tmpdir(), 'sealed-'));
    const target = await startTargetServer((response, { url, body }) => {
      if (url !== '/failing') response.writeHead(200).end();
      // The response repeats the names, as an error message may do.
      else void openAttempt(body).then((opened) => response.writeHead(500).end(opened.body));
    });
    return new SearchedRelay(folder, target, await freePort(), environment(folder));
  }

  get socket(): string {
    return join(this.folder, 'socket');
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const logPath = join(this.folder, 'relay.log');
    this.#relay = await startRelayProcess({
      port: this.#port,
      environment: this.#environment,
      logPath,
      pace: { pacePerSubscription: 5_000, pacePerChannel: 50_000 },
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#relay?.kill(signal);
  }

  /** Calls the API. Returns the JSON of the response. */
  async api<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await callApi(this.url, method, path, body);
    if (!response.ok) throw new Error(`${method} ${path} received the response ${response.status}.`);
    return (await response.json()) as T;
  }

  async subscribe(path: string, filter: object): Promise<string> {
    const target_url = `${this.target.origin}${path}`;
    return (await this.api<{ id: string }>('POST', SUBSCRIPTIONS_PATH, { target_url, ...filter })).id;
  }

  /** Sends webhooks, several at a time. */
  async post(bodies: readonly Buffer[]): Promise<void> {
    const rest = bodies.values();
    const send = async () => {
      for (const body of rest) {
        const { status } = await postWebhook(this.url, body);
        if (status !== 202) throw new Error(`A webhook received the response ${status}.`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, send));
  }

  /** Opens the deliveries that arrived at a path of the target. */
  openedAt(path: string): Promise<OpenedDelivery[]> {
    return Promise.all(this.target.received.filter(({ url }) => url === path).map((attempt) => this.#open(attempt)));
  }

  /** Open each attempt only once, because tests poll until all attempts arrive. */
  #open(attempt: ReceivedRequest): Promise<OpenedDelivery> {
    const opened = this.#opened.get(attempt) ?? openAttempt(attempt.body);
    this.#opened.set(attempt, opened);
    return opened;
  }

  /** Returns the opened bodies that arrived at a path of the target. */
  async bodiesAt(path: string): Promise<Set<string>> {
    return new Set((await this.openedAt(path)).map(({ body }) => Buffer.from(body).toString()));
  }

  command(name: string, values: Record<string, string>): Promise<unknown> {
    return sendCommand(this.socket, name, values, 30_000);
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    this.target.close();
    rmSync(this.folder, { recursive: true });
  }
}
