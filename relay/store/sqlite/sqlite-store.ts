import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import type Database from 'better-sqlite3';

import type { OnChange, Store, StoreOptions } from '../store.ts';
import { createAttempts } from './attempts.ts';
import { createBacklog } from './backlog.ts';
import { createChannels } from './channels.ts';
import { Connection } from './connection.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createDeliveries } from './deliveries.ts';
import { createEvents } from './events.ts';
import { createLeases, endAllLeases } from './leases.ts';
import { createLinks } from './links.ts';
import { openFile } from './open-file.ts';
import { createOperatorStore } from './operator.ts';
import { createRetention } from './retention.ts';
import { createSendAgain } from './send-again.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createUnsubscribe } from './unsubscribe.ts';

/** Minimum free space on the disk. The largest delivery has 10 MB, and is first written to the write-ahead log. */
const MIN_FREE_BYTES = 16 * 1024 * 1024;

/** A store in a SQLite file, for a relay with a single process. */
export interface SqliteStore extends Store {
  readonly database: Database.Database;
}

/**
 * Opens the store, and creates or migrates its file.
 *
 * @param path - path of the file, or `:memory:`
 * @param now - the store's clock, in milliseconds since 1970
 * @throws {StoreUnavailable} if another process uses the file, its data was moved, or it cannot be used
 */
export function openSqliteStore(path: string, options: StoreOptions, now: () => number = Date.now): SqliteStore {
  return createStore(new Connection(openFile(path), now), options);
}

/**
 * Checks that a disk has room for a delivery of the maximum size. @throws {Error} with the code ENOSPC if it does not
 */
async function checkRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  throw Object.assign(new Error(`The disk with ${directory} is full.`), { code: 'ENOSPC' });
}

function createStore(connection: Connection, options: StoreOptions): SqliteStore {
  const { database } = connection;
  let listener: OnChange = () => undefined;
  const notify: OnChange = (channel, what) => {
    listener(channel, what);
  };
  endAllLeases(connection);
  return {
    database,
    ...createChannels(connection, notify),
    ...createDeliveries(connection, options, notify),
    ...createSubscriptions(connection, notify),
    ...createUnsubscribe(connection, notify),
    ...createLeases(connection),
    ...createDeadLetters(connection, notify),
    ...createOperatorStore(connection, notify),
    ...createBacklog(connection),
    ...createLinks(connection),
    ...createAttempts(connection),
    ...createEvents(connection),
    ...createSendAgain(connection, notify),
    ...createRetention(connection),
    announce: () => Promise.resolve(null),
    listen: (_holder, onChange) => {
      listener = onChange;
      return Promise.resolve();
    },
    now: () => Promise.resolve(connection.now()),
    ping: async () => {
      // A read would succeed on a full disk. This write changes nothing, so it need not survive a power cut.
      await connection.transact(() => connection.sql('UPDATE relay_schema SET fingerprint = fingerprint').run(), false);
      if (database.name !== ':memory:') await checkRoom(dirname(database.name));
    },
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}
