/** Zaps of the built app, which receive sequences of events through a real relay. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { pino } from 'pino';

import { startTutorCruncher, type TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { sendToRelay, turnOn, webhookUrlOf } from '../../local/relayed-zaps.ts';
import { deliveriesOf, type Sequence } from './sequences/sequence.ts';
import { createHookServer } from '../../local/server.ts';
import { createRunner, type App, type Outcome, type Runner } from '../../local/zapier.ts';
import { skip } from '../../relay/admin/repairs.ts';
import { systemClock } from '../../relay/clock.ts';
import { readConfig } from '../../relay/config.ts';
import { DAY } from '../../relay/harness/durations.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayProcess } from '../../relay/harness/relay-process.ts';
import { until } from '../../relay/harness/until.ts';
import { startRelay, type RunningRelay } from '../../relay/relay.ts';
import { storeOptions } from '../../relay/retention.ts';
import { openStore } from '../../relay/store/open.ts';
import type { Store } from '../../relay/store/store.ts';
import type { Subscription } from '../../relay/store/subscription.ts';
import { build } from '../../scripts/build.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import { PRIVATE_KEY } from '../helpers.ts';
import { SECRET } from '../relay-app.ts';

/** A Zap that is on: its name, the key of its trigger, and the choices in the trigger's fields. */
export interface SequenceZap {
  readonly name: string;
  readonly trigger: string;
  readonly inputs?: JsonObject;
}

/** Longest wait for all deliveries, in milliseconds. */
const SETTLE_MS = 240_000;

const NOT_STARTED = new Error('The relay has not been started. Call start first.');

/** The app built for a relay on a port of this machine, and the relay. */
export class SequenceBed {
  readonly #zapier: Runner;
  readonly #relayPort: number;
  readonly #hooks: Server;
  readonly #folder: string;
  readonly #tutorCruncher: TutorCruncher;
  readonly #zaps = new Map<string, SequenceZap>();
  readonly #runs = new Map<string, Promise<Outcome>[]>();
  /** The attempts that have run a Zap. */
  readonly #received = new Set<string>();
  /** Names of Zaps that respond with an error to every delivery. */
  readonly failing = new Set<string>();
  #relay: RunningRelay | null = null;
  #store: Store | null = null;
  #webhookUrl = '';
  #environment: Readonly<Record<string, string>> = {};

  constructor(app: App, relayPort: number, folder: string, tutorCruncher: TutorCruncher) {
    this.#tutorCruncher = tutorCruncher;
    this.#zapier = createRunner(app, PRIVATE_KEY);
    this.#relayPort = relayPort;
    this.#folder = folder;
    this.#hooks = createHookServer({
      receive: (name, request) => {
        const { trigger, inputs } = this.#zaps.get(name) ?? {};
        if (trigger === undefined) return 404;
        if (this.failing.has(name)) return 500;
        // The relay repeats an attempt if it was killed or too slow to notice the response. A webhook that it takes for a
        // new one has another id.
        const attempt = `${name} ${String(request.headers[DELIVERY_ID_HEADER])}`;
        if (!this.#received.has(attempt)) this.runsOf(name).push(this.#zapier.perform(trigger, request, inputs));
        this.#received.add(attempt);
        return 200;
      },
    });
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#relayPort}`;
  }

  get #openStore(): Store {
    if (!this.#store) throw NOT_STARTED;
    return this.#store;
  }

  get #channel(): string {
    return deriveChannel(deriveToken(PRIVATE_KEY, this.#origin));
  }

  get #zapOrigin(): string {
    return `http://127.0.0.1:${(this.#hooks.address() as AddressInfo).port}`;
  }

  /** Starts the relay with a new SQLite file and turns Zaps on. The store contract covers PostgreSQL. */
  async start(zaps: readonly SequenceZap[]): Promise<void> {
    await once(this.#hooks.listen(0, '127.0.0.1'), 'listening');
    this.#environment = {
      RELAY_ORIGIN: this.#origin,
      RELAY_PORT: String(this.#relayPort),
      RELAY_SQLITE_PATH: join(this.#folder, 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: this.#zapOrigin,
      RELAY_REGISTRATION_SECRET: SECRET,
      RELAY_ADMIN_SOCKET: 'off',
      LOG_LEVEL: 'silent',
    };
    await this.#startRelay();
    for (const zap of zaps) await this.turnOn(zap);
    this.#webhookUrl = await webhookUrlOf(this.#zapier, 'lesson_completed');
  }

  async #startRelay(): Promise<void> {
    const config = readConfig(this.#environment);
    this.#store = await openStore(config, storeOptions(config));
    this.#relay = await startRelay(config, pino({ level: 'silent' }), { store: this.#store });
  }

  async turnOn(zap: SequenceZap): Promise<void> {
    this.#zaps.set(zap.name, zap);
    await turnOn(this.#zapier, this.#zapOrigin, zap.trigger, zap.name);
  }

  /** Makes a dead letter of the oldest delivery that is waiting for a Zap, like the operator's command. */
  async skipOldest(name: string): Promise<void> {
    const { id } = await this.#subscriptionOf(name);
    await skip({ store: this.#openStore, clock: systemClock, log: pino({ level: 'silent' }) }, { subscription: id });
  }

  /** Redrives the dead letters of a Zap. */
  async redrive(name: string): Promise<void> {
    const { channel, id } = await this.#subscriptionOf(name);
    await this.#openStore.redrive(channel, id);
  }

  /** Runs retention at a simulated time, a number of days from now. */
  async retainAfterDays(days: number): Promise<void> {
    const now = Date.now() + days * DAY;
    while (await this.#openStore.retain(now));
  }

  /** @throws {Error} if the Zap is not on */
  async #subscriptionOf(name: string): Promise<Subscription> {
    const subscriptions = await this.#openStore.subscriptions(this.#channel);
    const found = subscriptions.find(({ targetUrl }) => targetUrl.endsWith(`/${name}`));
    if (!found) throw new Error(`There is no Zap "${name}".`);
    return found;
  }

  async stop(): Promise<void> {
    await this.#relay?.stop();
    await this.#tutorCruncher.stop();
    delete process.env.TUTORCRUNCHER_URL;
    this.#hooks.closeAllConnections();
    this.#hooks.close();
    rmSync(this.#folder, { recursive: true });
  }

  /**
   * Sends the deliveries of a sequence to the relay, one after the other.
   *
   * @param privateKey - the key that signs them; default: the connection's key
   * @throws {Error} if the relay does not accept one
   */
  async play(sequence: Sequence, privateKey = PRIVATE_KEY): Promise<void> {
    for (const delivery of deliveriesOf(sequence)) await this.#send(delivery, privateKey);
  }

  async #send(delivery: object, privateKey = PRIVATE_KEY): Promise<void> {
    const { status } = await sendToRelay(this.#webhookUrl, delivery, privateKey);
    if (status !== '202 Accepted') throw new Error(`The relay did not accept a delivery: ${status}.`);
  }

  /**
   * Sends the deliveries of a sequence to a relay in a process of its own. The process is killed while it receives a
   * delivery in the middle, and once more after the last delivery. Afterwards, this process runs the relay again.
   */
  async playWithKills(sequence: Sequence): Promise<void> {
    await this.#relay?.stop();
    const start = () => startRelayProcess({ port: this.#relayPort, environment: this.#environment });
    const deliveries = deliveriesOf(sequence);
    const middle = Math.floor(deliveries.length / 2);
    const first = await start();
    for (const delivery of deliveries.slice(0, middle)) await this.#send(delivery);
    const interrupted = this.#send(deliveries[middle] ?? {}).catch(() => undefined);
    await first.kill('SIGKILL');
    await interrupted;
    const second = await start();
    // TutorCruncher sends a webhook again if it received no response.
    for (const delivery of deliveries.slice(middle)) await this.#send(delivery);
    await second.kill('SIGKILL');
    await this.#startRelay();
  }

  /** Resolves when every Zap that does not fail has received and processed its waiting deliveries. */
  async settled(): Promise<void> {
    await until(async () => {
      const state = await this.#openStore.channelState(this.#channel, Date.now());
      return (state?.subscriptions ?? []).every(
        ({ targetUrl, pending, isRedriving }) =>
          this.failing.has(targetUrl.split('/').at(-1) ?? '') || (pending === 0 && !isRedriving),
      );
    }, SETTLE_MS);
    await Promise.all([...this.#runs.values()].flat());
  }

  /** Returns the records that the editor offers for testing a Zap with a trigger. */
  async testRecordsOf(trigger: string): Promise<FlatRecord[]> {
    return (await this.#zapier.call(`triggers.${trigger}.operation.performList`)) as FlatRecord[];
  }

  /** Returns the runs of a Zap, in the order in which the deliveries arrived at Zapier. */
  runsOf(name: string): Promise<Outcome>[] {
    const runs = this.#runs.get(name) ?? [];
    this.#runs.set(name, runs);
    return runs;
  }

  /**
   * Returns the records of a Zap about a sequence's record.
   *
   * @throws {Error} if a run of the Zap has failed
   */
  async recordsOf(name: string, sequence: Sequence): Promise<FlatRecord[]> {
    const outcomes = await Promise.all(this.runsOf(name));
    const records = outcomes.flatMap((outcome) => {
      if ('error' in outcome) throw new Error(outcome.error);
      return outcome.records;
    });
    return records.filter((record) => record[`${sequence.object.word}_id`] === sequence.id);
  }
}

/** Builds the app for a relay and loads it. */
export async function createSequenceBed(): Promise<SequenceBed> {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-sequences-test-'));
  // Node.js looks for packages in the folders above a file's real path.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  mkdirSync(join(folder, 'app'));
  const port = await freePort();
  await build(join(folder, 'app'), `http://127.0.0.1:${port}`);
  // Jest loads the file as an ES module only if a `package.json` says so.
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const { default: app } = (await import(pathToFileURL(join(folder, 'app', 'index.js')).href)) as { default: App };
  const tutorCruncher = await startTutorCruncher(PRIVATE_KEY);
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = SECRET;
  return new SequenceBed(app, port, folder, tutorCruncher);
}
