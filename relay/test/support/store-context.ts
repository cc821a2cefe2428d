import { join } from 'node:path';

import { afterEach, beforeEach } from '@jest/globals';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import type { EventConditions } from '../../../wire/console-api.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { delivery, type DeliveryChanges } from './new-delivery.ts';
import { recount } from '../../counter-checks.ts';
import type { ClaimedChannel, ServedChannel } from '../../store/outcomes/claims.ts';
import type { Counters } from '../../store/upkeep/counters.ts';
import type { Delivery } from '../../store/deliveries/stored-delivery.ts';
import type { SendResult, ReportedState, ClaimId } from '../../store/rows/send.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import type { Store } from '../../store/store.ts';
import type { StoreOptions } from '../../store/store-options.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { withDeliveryIds, type ResultWithSeq } from './delivery-ids.ts';

/** Options of the stores under test, unless a test overrides them. */
export const TEST_OPTIONS: StoreOptions = {
  maxChannelBytes: 10_000,
  maxChannelDeliveries: 2000,
  duplicateMs: 72 * HOUR,
  bodyMs: 72 * HOUR,
  deadLetterMs: 14 * DAY,
  earlierStateMs: 0,
};
/** Number of bytes that each send adds to the size of its delivery. */
export const SEND_BYTES = 150;
export const LIMITS = { sealKey: SEAL_KEY, maxChannels: 2, idleMs: DAY };
/** The time at which each test starts, on the caller's clock. */
export const T0 = 1_000_000_000;
export const PROCESS = '00000000-0000-4000-8000-000000000001';
export const OTHER_PROCESS = '00000000-0000-4000-8000-000000000002';
/** The state of a subscription that has neither failed nor succeeded. */
export const INITIAL_STATE: Omit<ReportedState, 'subscription' | 'subscriptionId'> = {
  failures: 0,
  failingSince: null,
  lastFailure: null,
  suspectSince: null,
  nextAttemptAt: 0,
  refusedTries: 0,
  refusedEvents: 0,
  outageFrom: null,
  redriveFailures: 0,
  nextRedriveAt: 0,
  lastSuccessAt: null,
  skippedSeq: null,
};
/** The range of all events. */
export const EVERYTHING = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
const MAX_STEPS = 200;

/** An empty SQLite or PostgreSQL database. */
export interface TestedDatabase {
  readonly open: (options: StoreOptions) => Promise<Store>;
  /** Runs a statement in the opened database. Returns its rows, whose values are numbers. */
  readonly query: (text: string) => Promise<Readonly<Record<string, number>>[]>;
}

export type NewDatabase = () => Promise<TestedDatabase>;

/** Returns a function that creates SQLite databases, in memory or in a folder. */
export function sqliteDatabases(folder?: string): NewDatabase {
  let count = 0;
  return () => {
    const path = folder === undefined ? ':memory:' : join(folder, `${++count}.sqlite`);
    let store: SqliteStore | undefined;
    return Promise.resolve({
      open: (options) => Promise.resolve((store = openSqliteStore(path, options))),
      query: (text) => {
        const statement = store?.database.prepare<[], Record<string, number>>(text);
        return Promise.resolve(statement?.reader ? statement.all() : (statement?.run(), []));
      },
    });
  };
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Corrects the counters of the next channel after a key. Returns the corrections; null if none was needed. */
export async function recountAfter(store: Store, after: number): Promise<Counters | null> {
  const next = await store.channelAfter(after);
  return next && recount(store, next.key);
}

/** The store of the current test, with {@link CHANNEL} registered, and shorthands for its methods. */
export class StoreContext {
  #opened: Store | null = null;
  /** Forwards calls to the store that is currently open, even after the database was reopened. */
  readonly store: Store = new Proxy<Partial<Store>>(
    {},
    { get: (_, name): unknown => Reflect.get(this.#current, name) },
  ) as Store;
  #database: TestedDatabase | null = null;
  #options: StoreOptions = TEST_OPTIONS;
  readonly #newDatabase: NewDatabase;

  constructor(newDatabase: NewDatabase) {
    this.#newDatabase = newDatabase;
    beforeEach(() => this.open());
    afterEach(async () => {
      await this.#current.close();
      this.#opened = null;
    });
  }

  async open(options: Partial<StoreOptions> = {}): Promise<void> {
    this.#database = await this.#newDatabase();
    await this.reopen({ ...TEST_OPTIONS, ...options });
    await this.store.registerChannel(CHANNEL, LIMITS, T0);
  }

  /** Opens the current database with other options. */
  async reopen(options: Partial<StoreOptions>): Promise<void> {
    await this.#opened?.close();
    this.#options = { ...this.#options, ...options };
    this.#opened = (await this.#database?.open(this.#options)) ?? null;
  }

  /** Makes the heartbeat of a process older by the given time. */
  async age(milliseconds: number, process = PROCESS): Promise<void> {
    await this.query(`UPDATE processes SET heartbeat = heartbeat - ${milliseconds} WHERE id = '${process}'`);
  }

  async query(text: string): Promise<Readonly<Record<string, number>>[]> {
    return (await this.#database?.query(text)) ?? [];
  }

  get #current(): Store {
    if (!this.#opened) throw new Error('The store is only open during a test.');
    return this.#opened;
  }

  /** Waits until a time has passed on the clock of the store. */
  async passed(time: number): Promise<void> {
    await until(async () => (await this.store.now()) > time);
  }

  async subscribe(
    targetUrl = 'https://x/1',
    filter: ActionFilter = { actions: ['A'] },
    channel = CHANNEL,
  ): Promise<Subscription> {
    const subscription = await this.store.subscribe(channel, { targetUrl, filter }, 200, T0);
    if (subscription === 'full') throw new Error('The channel has too many subscriptions.');
    return subscription;
  }

  /** Renews the heartbeat of a process, and claims due channels for it. */
  async claim(process = PROCESS, limit = 10): Promise<ServedChannel[]> {
    await this.beat(process);
    return this.store.claim(process, limit);
  }

  async beat(process = PROCESS): Promise<void> {
    if (typeof (await this.store.heartbeat(process, 0)) === 'string') await this.store.heartbeat(process, null);
  }

  /** Claims {@link CHANNEL}, which must be due. */
  async hold(process?: string): Promise<ServedChannel> {
    const claim = (await this.claim(process)).find(({ channel }) => channel === CHANNEL);
    if (!claim) throw new Error('The channel is not due.');
    return claim;
  }

  /** Ingests deliveries that a new subscription selects, and claims the channel. */
  async ingestAndHold(count = 1) {
    const subscription = await this.subscribe();
    await this.store.ingest(Array.from({ length: count }, () => delivery('A', { receivedAt: T0 })));
    const seqs = await this.seqs();
    return { subscription, held: await this.hold(), seqs, seq: seqs[0] ?? 0 };
  }

  async dueInMs(process = PROCESS): Promise<number> {
    return this.store.dueInMs(process, await this.store.now());
  }

  giveBack({ key, claim }: ClaimedChannel, process = PROCESS): Promise<void> {
    return this.store.giveBack(process, [{ channel: key, claim }]);
  }

  /** Saves results of a channel. Returns the claims that are lost. */
  async save(
    { key, claim }: ClaimedChannel,
    results: readonly ResultWithSeq[],
    states: readonly ReportedState[] = [],
    process = PROCESS,
  ): Promise<ClaimId[]> {
    const sends = await withDeliveryIds(this.store, key, results);
    return this.store.saveResults(process, [{ channel: key, claim, sends, states }]);
  }

  /** Marks the waiting sends of a subscription as delivered, up to a sequence number. */
  async pass(subscription: Subscription, held: ClaimedChannel, upTo = Infinity, endedAt = T0): Promise<void> {
    const waiting = (await this.store.pending(subscription.key, 0, 10_000)).filter(({ seq }) => seq <= upTo);
    await this.save(
      held,
      waiting.map(({ seq }) => resultOf(subscription, seq, { endedAt })),
    );
  }

  /** Turns the send of a delivery to a subscription into a dead letter. */
  async bury(subscription: Subscription, held: ClaimedChannel, seq: number, endedAt = T0): Promise<void> {
    await this.save(held, [resultOf(subscription, seq, { state: 'dead', failure: 'HTTP 500', endedAt })]);
  }

  /** Stores deliveries in a large channel, and turns all their sends to a new subscription into dead letters at once. */
  async buryMany(count: number) {
    await this.open({ maxChannelBytes: 1e9 });
    const { subscription, held, seqs } = await this.ingestAndHold(count);
    const dead = seqs.map((seq) => resultOf(subscription, seq, { state: 'dead', failure: 'HTTP 500' }));
    await this.save(held, dead);
    return { subscription, seqs };
  }

  /** Stores a delivery with content. Returns its sequence number. */
  async storeOne(action: string, changes: DeliveryChanges = {}): Promise<number> {
    const [result] = await this.store.ingest([delivery(action, changes)]);
    if (result !== 'stored') throw new Error(`The result is ${String(result)} instead of stored.`);
    return (await this.seqs(changes.channel)).at(-1) ?? 0;
  }

  /** Returns the sequence numbers of the events of {@link CHANNEL} that meet conditions, newest first. */
  async found(conditions: EventConditions, range = EVERYTHING, limit = 99): Promise<number[]> {
    return (await this.store.events(CHANNEL, conditions, range, limit)).map(({ seq }) => seq);
  }

  /** Returns the sequence numbers of all stored deliveries, in order. */
  async seqs(channel = CHANNEL): Promise<number[]> {
    const key = `(SELECT key FROM channels WHERE channel = '${channel}')`;
    const rows = await this.query(`SELECT seq FROM deliveries WHERE channel = ${key} ORDER BY seq`);
    return rows.map(({ seq = 0 }) => seq);
  }

  /** Returns all stored deliveries, in order. */
  async stored(channel = CHANNEL): Promise<Delivery[]> {
    const seqs = await this.seqs(channel);
    const [row] = await this.query(`SELECT key FROM channels WHERE channel = '${channel}'`);
    const deliveries: Delivery[] = [];
    while (deliveries.length < seqs.length) {
      deliveries.push(...(await this.store.deliveries(row?.key ?? 0, seqs.slice(deliveries.length))));
    }
    return deliveries;
  }

  /** Returns the actions of all stored deliveries, in order. */
  async actions(channel = CHANNEL): Promise<(string | undefined)[]> {
    return (await this.stored(channel)).map(({ actions }) => actions?.[0]);
  }

  /** Corrects the counters of the next channel after a key. Returns the corrections; null if none was needed. */
  recount(after = 0): Promise<Counters | null> {
    return recountAfter(this.store, after);
  }

  async retain(now: number): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step++) if (!(await this.store.retain(now))) return;
    throw new Error('Retention does not end.');
  }
}

/** Returns the result of an attempt, by default a success. */
export const resultOf = (
  { key, id }: Pick<Subscription, 'key' | 'id'>,
  seq: number,
  changes: Partial<SendResult> = {},
): ResultWithSeq => ({
  seq,
  subscription: key,
  subscriptionId: id,
  state: 'delivered',
  failure: null,
  endedAt: T0,
  durationMs: 12,
  isRecorded: false,
  isSentAgain: false,
  ...changes,
});

/** Returns the result of a failed attempt after which the send still waits. */
export const failureOf = (
  subscription: Pick<Subscription, 'key' | 'id'>,
  seq: number,
  changes: Partial<SendResult> = {},
): ResultWithSeq =>
  resultOf(subscription, seq, { state: 'waiting', failure: 'HTTP 500', isRecorded: true, ...changes });

export const reportedState = (
  { key, id }: Pick<Subscription, 'key' | 'id'>,
  changes: Partial<ReportedState> = {},
): ReportedState => ({ subscription: key, subscriptionId: id, ...INITIAL_STATE, ...changes });
