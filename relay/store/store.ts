/** The store: the data that a relay keeps. */

import { createChannelStates } from './rows/channel-state.ts';
import { createChannels } from './channels/channels.ts';
import { createOrigin } from './channels/origin.ts';
import { createClaims } from './outcomes/claims.ts';
import { createCounters, createCounts } from './upkeep/counters.ts';
import type { Database, OnChange, ReadDatabase } from './database/database.ts';
import { createRedrives } from './outcomes/redrive.ts';
import { createWaitingSends } from './deliveries/waiting-sends.ts';
import { createEvents } from './console/events.ts';
import { createIngest } from './ingest/ingest.ts';
import { createLinks } from './console/links.ts';
import { createOperatorLists, createOperatorStore } from './outcomes/operator.ts';
import { createProblems } from './problems/problems.ts';
import { createSendAgain } from './outcomes/send-again.ts';
import { createResults } from './outcomes/results.ts';
import { createRetention } from './upkeep/retention.ts';
import type { StoreOptions } from './store-options.ts';
import { createSignatureChecks } from './problems/signature-checks.ts';
import { createSilence } from './problems/silence.ts';
import { createEndedSubscriptions } from './channels/ended-subscriptions.ts';
import { createSubscriptions } from './channels/subscriptions.ts';
import { createTotals } from './upkeep/totals.ts';

/** Thrown if a store cannot be opened. The message tells the operator the reason. */
export class StoreUnavailable extends Error {
  /** True if the cause may disappear without the operator's help. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary = false) {
    super(message);
    this.isTemporary = isTemporary;
  }
}

/** Thrown if a backup fails for a reason that the operator can fix. The message contains the instructions. */
export class BackupFailed extends Error {}

/**
 * The store of one or more relay processes.
 *
 * Every method is atomic, except for changes in steps: the removal of expired and deleted data, redrives, and the ends
 * of pauses and of subscriptions. Once a method has resolved, its changes survive a power cut, with these exceptions.
 * Results can be lost, and their attempts are then repeated. Claims in a SQLite file can be lost, because their process
 * has ended as well. Steps of a channel's deletion can be lost, and retention repeats them. Recorded refusals and the
 * findings of checks (for silence, problems and signatures) can be lost, and the next refusal or check replaces them.
 *
 * A channel is served by one process at a time, its claimant. A process whose heartbeat is older than `DEAD_AFTER_MS`
 * (`outcomes/claims.ts`) loses its claims. Writes of a former claimant are fenced: they have no effect.
 *
 * **Locks.** Every transaction that writes rows of channels first locks the `channels` rows of these channels, in the
 * order of their keys. The transaction locks no other rows. The rows of a channel are therefore changed by one
 * transaction at a time.
 *
 * A parameter for a channel or a subscription is a number (its key) or a string (its name or id). Times are
 * milliseconds since 1970. Heartbeats, due times and links use the clock of the database. All other times use the
 * caller's clock, which is synchronized with the method `now` (`store-clock.ts`), so the clocks of several machines
 * need not agree.
 */
export type Store = ReturnType<typeof createStore>;

/**
 * The queries of a store that run concurrently with the transactions of ingest and delivery. The console, commands,
 * monitoring and recounts use these queries.
 */
export type StoreReads = ReturnType<typeof createReads>;

/** Creates the queries that run concurrently with these transactions. */
export const createReads = (database: ReadDatabase) => ({
  ...createChannelStates(database),
  ...createEvents(database),
  ...createOperatorLists(database),
  ...createTotals(database),
  ...createCounts(database),
});

/**
 * Creates a store in a database that has all migrations.
 *
 * @param reads - connections for the queries of {@link createReads}, so that a slow query delays no webhook
 */
export const createStore = (database: Database, options: StoreOptions, reads: ReadDatabase = database) => ({
  ...createReads(reads),
  ...createChannels(database),
  ...createOrigin(database),
  ...createIngest(database, options),
  ...createWaitingSends(database),
  ...createSubscriptions(database),
  ...createEndedSubscriptions(database),
  ...createClaims(database),
  ...createResults(database),
  ...createProblems(database),
  ...createSilence(database),
  ...createSignatureChecks(database),
  ...createRedrives(database),
  ...createRetention(database, options),
  ...createCounters(database),
  ...createOperatorStore(database),
  ...createLinks(database),
  ...createSendAgain(database),
  /** Registers the only listener for changes in channels. A second call would replace the first listener. */
  listen: (onChange: OnChange) => {
    database.onChange = onChange;
  },
  now: database.now,
  ping: database.ping,
  backup: database.backup,
  close: database.close,
});
