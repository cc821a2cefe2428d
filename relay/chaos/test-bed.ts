/**
 * The test bed: relay processes on one database, the Zaps that they deliver to, and the senders. Faults act on these
 * parts.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHANNEL_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { freePort } from '../harness/free-port.ts';
import { addMigration } from '../harness/next-version.ts';
import { startCluster } from '../harness/postgres-cluster.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callSuccessfully } from '../harness/relay-requests.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import { startTcpProxy } from '../harness/tcp-proxy.ts';
import { ACCOUNT, OTHER_ACCOUNT, registrationOf } from './accounts.ts';
import { createSender } from './sender.ts';
import { startZaps } from './zaps.ts';

/** New events of the first account per second. Only this account has Zaps that fail. */
const EVENTS_PER_SECOND = 50;
/** New events of the second account per second. */
const OTHER_EVENTS_PER_SECOND = 10;

export type Database = 'sqlite' | 'postgres';
type Environment = Readonly<Record<string, string>>;

/** A relay of a test bed. */
export type Relay = Awaited<ReturnType<typeof createRelay>>;

/** Creates a relay process that can be restarted, with the network around it. Starts only the network. */
async function createRelay(databaseUrl: string | null, environment: Environment, logPath: string) {
  const port = await freePort();
  const front = await startTcpProxy('127.0.0.1', port);
  const url = databaseUrl === null ? null : new URL(databaseUrl);
  const back = url && (await startTcpProxy(url.hostname, Number(url.port)));
  if (url && back) url.port = String(back.port);
  const variables = { ...environment, ...(url && { RELAY_DATABASE_URL: url.href }) };
  let relay: RelayProcess | null = null;
  return {
    /** The network between the sender and the relay. */
    front,
    /** The network between the relay and PostgreSQL; null with SQLite. */
    back,
    /** Origin that the sender sends requests to. */
    origin: `http://127.0.0.1:${front.port}`,
    /** Creates another relay on the same SQLite file without starting the relay. */
    another: () => createRelay(null, environment, logPath),
    /**
     * Resolves once the relay is ready.
     *
     * @param build - folder of another version's build
     * @throws {Error} if the relay does not start
     */
    start: async (build?: string): Promise<void> => {
      relay = await startRelayProcess({ port, build, environment: variables, logPath, isUnlimited: true });
    },
    signal: (signal: 'SIGSTOP' | 'SIGCONT'): void => {
      relay?.child.kill(signal);
    },
    /** Ends the process. Returns the exit code of the process; null if the signal ended it. */
    end: async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
      await relay?.kill(signal);
      return relay?.child.exitCode ?? null;
    },
    close: (): void => {
      front.close();
      back?.close();
    },
  };
}

/** The parts of a chaos run. */
export type TestBed = Awaited<ReturnType<typeof startTestBed>>;

/**
 * Starts two relays on PostgreSQL or one relay on SQLite, and subscribes all Zaps to the channels of their accounts.
 */
export async function startTestBed(database: Database) {
  const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
  const logPath = join(folder, 'relay.log');
  const origins: string[] = [];
  const sender = createSender(origins, ACCOUNT, EVENTS_PER_SECOND);
  const otherSender = createSender(origins, OTHER_ACCOUNT, OTHER_EVENTS_PER_SECOND);
  const zaps = await startZaps(sender, otherSender);
  const cluster = database === 'postgres' ? await startCluster() : null;
  const environment = {
    // The relays share a store, which belongs to one origin.
    RELAY_ORIGIN: ORIGIN,
    RELAY_TARGET_ORIGINS: zaps.origin,
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
  };
  const relays: Relay[] = [];
  for (let count = 0; count < (cluster ? 2 : 1); count++) {
    const relay = await createRelay(cluster?.url ?? null, environment, logPath);
    relays.push(relay);
    origins.push(relay.origin);
  }
  for (const relay of relays) await relay.start();

  const [origin = ''] = origins;
  for (const account of [ACCOUNT, OTHER_ACCOUNT]) {
    await callSuccessfully(origin, 'PUT', CHANNEL_PATH, await registrationOf(account), account.token);
  }
  for (const [index, zap] of zaps.all.entries()) {
    const body = { target_url: `${zaps.origin}/${index}`, actions: ['A'] };
    await callSuccessfully(origin, 'POST', SUBSCRIPTIONS_PATH, body, zap.sender.account.token);
  }
  return {
    zaps,
    /** The senders of the two accounts. */
    senders: [sender, otherSender] as const,
    relays: relays as readonly Relay[],
    /** The PostgreSQL server; null with SQLite. */
    cluster,
    /** Returns the folder of the next version's build. Each call adds one migration to the build. */
    nextVersion: (): string => {
      const next = join(folder, 'next-version');
      addMigration(next);
      return next;
    },
    /** Returns the last lines of the relays' log. */
    log: (): string => readFileSync(logPath, 'utf8').split('\n').slice(-20).join('\n'),
    /** Ends all processes at once and deletes their data. */
    remove: async (): Promise<void> => {
      for (const relay of relays) {
        await relay.end('SIGKILL');
        relay.close();
      }
      for (const each of [sender, otherSender]) await each.close();
      zaps.close();
      await cluster?.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
