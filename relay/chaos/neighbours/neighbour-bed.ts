/** The set-up of a case: relays on one empty store, a target server, and channels. */

import { Agent } from 'undici';

import { freePort } from '../../harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../../harness/relay-process.ts';
import { AckProbe } from './ack-probe.ts';
import { BedChannel } from './bed-channel.ts';
import { HostileSender } from './hostile-sender.ts';
import type { Environment } from './neighbour-case.ts';
import { TargetPaths } from './target-paths.ts';

/** Time limit of requests. It is longer than the worst delay measured so far. */
const TIMEOUT_MS = 60_000;

/** Relays to kill if the run ends with an error. */
const running = new Set<RelayProcess>();
process.on('exit', () => {
  for (const { child } of running) child.kill('SIGKILL');
});

/** The location of a store: a file or a database. */
export interface StorePlace {
  readonly sqlitePath: string | null;
  readonly databaseUrl: string | null;
}

export class NeighbourBed {
  readonly place: StorePlace;
  readonly target: TargetPaths;
  readonly relays: RelayProcess[] = [];
  readonly #environment: Environment;
  readonly #agent = new Agent({ connections: 512, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  #sender: HostileSender | null = null;
  #probe: AckProbe | null = null;
  #channels = 0;

  private constructor(place: StorePlace, target: TargetPaths, environment: Environment) {
    this.place = place;
    this.target = target;
    this.#environment = environment;
  }

  static async create(place: StorePlace, environment: Environment): Promise<NeighbourBed> {
    const target = await TargetPaths.start();
    return new NeighbourBed(place, target, {
      ...(place.databaseUrl !== null && { RELAY_DATABASE_URL: place.databaseUrl }),
      ...(place.sqlitePath !== null && { RELAY_SQLITE_PATH: place.sqlitePath }),
      // Cases cause errors on purpose, and the log lines about them would bury the results.
      LOG_LEVEL: 'fatal',
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_PACE_PER_SUBSCRIPTION: '5000',
      RELAY_PACE_PER_CHANNEL: '50000',
      RELAY_MAX_CHANNELS: '5000',
      RELAY_MAX_EVENTS_PER_MINUTE: '10000000',
      ...environment,
    });
  }

  /**
   * Starts a relay. Requests are sent to the relay that was started last.
   *
   * @param environment - variables to add to the environment of the bed
   */
  async startRelay(environment: Environment = {}): Promise<RelayProcess> {
    const relay = await startRelayProcess({
      port: await freePort(),
      environment: { ...this.#environment, ...environment },
    });
    this.relays.push(relay);
    running.add(relay);
    return relay;
  }

  /**
   * Returns a channel that is not registered yet.
   *
   * @param address - client address of its API requests; default: a unique address
   */
  channel(address?: string): BedChannel {
    const number = ++this.#channels;
    const channel = new BedChannel({
      origin: () => this.relays.at(-1)?.url ?? '',
      targetOrigin: this.target.origin,
      dispatcher: this.#agent,
      address: address ?? `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
    });
    this.target.addOpener(channel.id, channel.opener);
    return channel;
  }

  /** A process that sends large requests. */
  get sender(): HostileSender {
    return (this.#sender ??= HostileSender.start());
  }

  /**
   * Returns the longest time for which an attack on others delays the acknowledgements of a channel, in milliseconds;
   * Infinity if a webhook of the channel was not acknowledged.
   */
  ackDelay(channel: BedChannel, attack: () => Promise<unknown>): Promise<number> {
    this.#probe ??= AckProbe.start();
    return this.#probe.delayBy(channel.webhook, attack);
  }

  /** Returns the value of a relay's metric, summed over all labels; NaN if there is none. */
  async metric(name: string, { url } = this.relays.at(-1) ?? { url: '' }): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );
    return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0);
  }

  async stop(): Promise<void> {
    this.target.close();
    this.#sender?.stop();
    this.#probe?.stop();
    await Promise.all(this.relays.map(({ kill }) => kill('SIGKILL')));
    for (const relay of this.relays) running.delete(relay);
    await this.#agent.destroy();
  }
}
