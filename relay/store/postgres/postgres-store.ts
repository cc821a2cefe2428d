import pg from 'pg';

import { StoreUnavailable, type Store, type StoreOptions } from '../store.ts';
import { createAttempts } from './attempts.ts';
import { createBacklog } from './backlog.ts';
import { createChannels } from './channels.ts';
import { CONNECT_MS, Connections, isTransient, types } from './connections.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createDeliveries } from './deliveries.ts';
import { createEvents } from './events.ts';
import { createIngest } from './ingest.ts';
import { createLeases } from './leases.ts';
import { createLinks } from './links.ts';
import { Listener } from './listener.ts';
import { migrate, postgresMigrations } from './migrate.ts';
import { createOperatorStore } from './operator.ts';
import { createProcesses } from './processes.ts';
import { reasonOf } from './reason.ts';
import { createRetention } from './retention.ts';
import { createSendAgain } from './send-again.ts';
import { createSubscriptions } from './subscriptions.ts';

/**
 * Opens a store in a PostgreSQL database (13 or newer), which any number of relay processes may share. Creates or
 * migrates its tables in the first schema of the connection's search path.
 *
 * @param url - `postgres://user:password@host:port/database`
 * @throws {StoreUnavailable} if the database cannot be used; the message contains no part of the URL
 */
export async function openPostgresStore(url: string, options: StoreOptions): Promise<Store> {
  const migrations = postgresMigrations();
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, types });
    client.on('error', () => undefined);
    await client.connect();
    await migrate(client, migrations);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`Can't use the database of RELAY_DATABASE_URL: ${reasonOf(error)}`, isTransient(error));
  } finally {
    await client?.end().catch(() => undefined);
  }
  return createStore(new Connections(url), options);
}

function createStore(connections: Connections, options: StoreOptions): Store {
  const listener = new Listener(connections);
  return {
    ...createChannels(connections, listener),
    ...createIngest(connections, options, listener),
    ...createDeliveries(connections),
    ...createSubscriptions(connections, listener),
    ...createLeases(connections, listener),
    ...createProcesses(connections),
    ...createDeadLetters(connections, listener),
    ...createOperatorStore(connections, listener),
    ...createBacklog(connections),
    ...createLinks(connections),
    ...createAttempts(connections),
    ...createEvents(connections),
    ...createSendAgain(connections, listener),
    ...createRetention(connections),
    listen: (holder, onChange) => listener.listen(holder, onChange),
    now: () => connections.now(),
    ping: () => connections.ping(),
    close: async () => {
      await Promise.all([connections.close(), listener.close()]);
    },
  };
}
