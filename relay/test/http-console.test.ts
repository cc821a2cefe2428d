/** The console's HTTP interface with both stores. */

import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';

import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import type { StoreOptions } from '../store/store-options.ts';
import { ConsoleServer } from './console-server.ts';
import { consoleAccess } from './http-console/access.ts';
import { consoleEvents } from './http-console/events.ts';
import { consoleOverview } from './http-console/overview.ts';
import { consoleSendingAgain } from './http-console/sending-again.ts';
import { describeWithDatabase } from './test-database.ts';

/** Defines all tests for a kind of store. */
function consoleTests(open: (options: StoreOptions) => Promise<Store>): void {
  const started: ConsoleServer[] = [];
  const start = async (options = {}): Promise<ConsoleServer> => {
    const server = await ConsoleServer.start(options, open);
    started.push(server);
    return server;
  };
  let bed: ConsoleServer;

  beforeAll(async () => {
    bed = await start({ maxChannels: 2 });
  });
  beforeEach(() => bed.reset());
  afterAll(async () => {
    for (const { server } of started) await server.close();
  });

  const servers = { bed: () => bed, start };
  consoleAccess(servers);
  consoleOverview(servers);
  consoleEvents(servers);
  consoleSendingAgain(servers);
}

describe('the console on SQLite', () => {
  consoleTests((options) => Promise.resolve(openSqliteStore(':memory:', options)));
});

describeWithDatabase('the console on PostgreSQL', (database) => {
  consoleTests(async (options) => openPostgresStore(await database.newSchema(), options));
});
