/** The store of a relay on one machine: one SQLite file, one process. */

import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';

import Database from 'better-sqlite3';

import type {
  ActionFilter,
  ChannelState,
  Delivery,
  Ingested,
  NewDelivery,
  Store,
  Subscription,
  SubscriptionState,
} from './store.ts';
import { wants } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Bodies have up to 10 MB each, and every subscription reads a batch of them. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** One entry a version; applied in order, each once, at start. Released ones never change. */
const MIGRATIONS = [
  `
  CREATE TABLE channels (
    channel TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    last_event_at INTEGER,
    stored_bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    id TEXT NOT NULL,
    digest BLOB NOT NULL,
    body BLOB,
    signature TEXT NOT NULL,
    content_type TEXT NOT NULL,
    actions TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    passed_at INTEGER
  ) STRICT;
  CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);
  CREATE INDEX deliveries_by_digest ON deliveries (channel, digest);
  CREATE INDEX deliveries_unpassed ON deliveries (channel, seq) WHERE passed_at IS NULL;
  CREATE INDEX deliveries_passed ON deliveries (passed_at) WHERE passed_at IS NOT NULL;
  CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    target_url TEXT NOT NULL,
    filter TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    last_success_at INTEGER,
    UNIQUE (channel, target_url, filter)
  ) STRICT;
  CREATE TABLE dead_letters (
    subscription_id TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    seq INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    reason TEXT NOT NULL,
    dead_at INTEGER NOT NULL,
    is_redriven INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dead_letters_by_delivery ON dead_letters (seq);
  `,
];

interface DeliveryRow {
  seq: number;
  id: string;
  body: Buffer;
  signature: string;
  content_type: string;
  actions: string;
  received_at: number;
}

interface SubscriptionRow {
  id: string;
  channel: string;
  target_url: string;
  filter: string;
  cursor: number;
  failures: number;
  next_attempt_at: number;
  created_at: number;
  last_success_at: number | null;
}

const toDelivery = (row: DeliveryRow): Delivery => ({
  seq: row.seq,
  id: row.id,
  body: row.body,
  signature: row.signature,
  contentType: row.content_type,
  actions: JSON.parse(row.actions) as string[],
  receivedAt: row.received_at,
});

const toSubscription = (row: SubscriptionRow): Subscription => ({
  id: row.id,
  channel: row.channel,
  targetUrl: row.target_url,
  filter: JSON.parse(row.filter) as ActionFilter,
  cursor: row.cursor,
  failures: row.failures,
  nextAttemptAt: row.next_attempt_at,
  createdAt: row.created_at,
  lastSuccessAt: row.last_success_at,
});

/** The same wishes in another order are the same filter. */
function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}

/** The signature belongs to it: bytes with a forged one must not pass for the genuine ones that come later. */
const digestOf = ({ body, signature }: NewDelivery): Buffer =>
  createHash('sha256').update(signature).update('\n').update(body).digest();

/** The file can't be used: the message says why, for the one who deploys. */
export class StoreUnavailable extends Error {}

function open(path: string): Database.Database {
  if (path !== ':memory:') {
    // Children's data rest in this file, so nobody else may ever read it, from its first byte on.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const database = new Database(path, { timeout: 0 });
  // Exclusive: a second process on the same file is refused instead of delivering everything twice.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('secure_delete = ON');
  return database;
}

function migrate(database: Database.Database): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > MIGRATIONS.length) {
    throw new StoreUnavailable('The database was written by a newer version of the relay. Run that version.');
  }
  MIGRATIONS.slice(version).forEach((statements, index) => {
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`user_version = ${version + index + 1}`);
    })();
  });
}

/** What a store can be told to be stricter about. */
export interface SqliteOptions {
  /** Bytes of bodies that one channel may hold. */
  readonly maxChannelBytes: number;
  /** The same bytes are known for so long. */
  readonly duplicateMs: number;
}

/**
 * Opens the store, and creates or migrates its file.
 *
 * @param path - a file, or `:memory:`
 * @throws {StoreUnavailable} when another process has the file, or it can't be used
 */
export function openSqliteStore(
  path: string,
  options: SqliteOptions,
): Store & { readonly database: Database.Database } {
  let database: Database.Database;
  try {
    database = open(path);
    migrate(database);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const code = error instanceof Database.SqliteError ? error.code : '';
    throw new StoreUnavailable(
      code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
        ? `Another process uses ${path}. A relay has its file for itself: stop the other one first.`
        : `Can't use ${path} as a database: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return new SqliteStore(database, options);
}

class SqliteStore implements Store {
  readonly database: Database.Database;
  readonly #options: SqliteOptions;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database, options: SqliteOptions) {
    this.database = database;
    this.#options = options;
  }

  #sql(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  // SQLite is synchronous; the interface is not, for stores that aren't. A failure must reject, not throw.
  #transact<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(this.database.transaction(work).immediate());
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  registerChannel(channel: string, limits: { maxChannels: number; idleMs: number }, now: number) {
    return this.#transact((): 'registered' | 'full' => {
      if (this.#sql('SELECT 1 FROM channels WHERE channel = ?').get(channel)) return 'registered';
      const { count } = this.#sql('SELECT count(*) AS count FROM channels').get() as { count: number };
      if (count >= limits.maxChannels) {
        const { changes } = this.#sql(
          `DELETE FROM channels WHERE channel IN (
             SELECT channel FROM channels c
             WHERE max(created_at, coalesce(last_event_at, 0)) < ?
               AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel = c.channel)
             ORDER BY max(created_at, coalesce(last_event_at, 0)) LIMIT 1)`,
        ).run(now - limits.idleMs);
        if (changes === 0) return 'full';
      }
      this.#sql('INSERT INTO channels (channel, created_at) VALUES (?, ?)').run(channel, now);
      return 'registered';
    });
  }

  hasChannel(channel: string) {
    return this.#transact(() => this.#sql('SELECT 1 FROM channels WHERE channel = ?').get(channel) !== undefined);
  }

  async deleteChannel(channel: string) {
    const isDeleted = await this.#transact(
      () => this.#sql('DELETE FROM channels WHERE channel = ?').run(channel).changes > 0,
    );
    // What was deleted must not rest in the log of changes either.
    this.database.pragma('wal_checkpoint(TRUNCATE)');
    return isDeleted;
  }

  channelState(channel: string, now: number) {
    return this.#transact((): ChannelState | null => {
      const row = this.#sql('SELECT * FROM channels WHERE channel = ?').get(channel) as
        { created_at: number; last_event_at: number | null; stored_bytes: number } | undefined;
      if (!row) return null;
      const counts = this.#sql(
        `SELECT count(*) FILTER (WHERE actions <> '[]') AS events, count(*) FILTER (WHERE actions = '[]') AS others
         FROM deliveries WHERE channel = ? AND received_at > ?`,
      ).get(channel, now - DAY_MS) as { events: number; others: number };
      const subscriptions = (
        this.#sql('SELECT * FROM subscriptions WHERE channel = ? ORDER BY created_at, id').all(
          channel,
        ) as SubscriptionRow[]
      ).map(toSubscription);
      return {
        channel,
        createdAt: row.created_at,
        lastEventAt: row.last_event_at,
        events24h: counts.events,
        others24h: counts.others,
        storedBytes: row.stored_bytes,
        subscriptions: subscriptions.map((subscription) => this.#stateOf(subscription)),
      };
    });
  }

  #stateOf(subscription: Subscription): SubscriptionState {
    const waiting = this.#sql(
      'SELECT actions, received_at FROM deliveries WHERE channel = ? AND seq > ? AND body IS NOT NULL ORDER BY seq',
    ).all(subscription.channel, subscription.cursor) as { actions: string; received_at: number }[];
    const wanted = waiting.filter(({ actions }) => wants(subscription.filter, JSON.parse(actions) as string[]));
    const { count } = this.#sql('SELECT count(*) AS count FROM dead_letters WHERE subscription_id = ?').get(
      subscription.id,
    ) as { count: number };
    return {
      ...subscription,
      pending: wanted.length,
      oldestPendingAt: wanted[0]?.received_at ?? null,
      deadLetters: count,
    };
  }

  ingest(deliveries: readonly NewDelivery[]) {
    return this.#transact(() => deliveries.map((delivery) => this.#ingestOne(delivery)));
  }

  #ingestOne(delivery: NewDelivery): Ingested {
    const { channel, body, signature, contentType, actions, receivedAt } = delivery;
    const row = this.#sql('SELECT stored_bytes FROM channels WHERE channel = ?').get(channel) as
      { stored_bytes: number } | undefined;
    if (!row) return 'unregistered';

    const digest = digestOf(delivery);
    const known = this.#sql('SELECT 1 FROM deliveries WHERE channel = ? AND digest = ? AND received_at > ?').get(
      channel,
      digest,
      receivedAt - this.#options.duplicateMs,
    );
    if (known) return 'duplicate';

    // A body without events is sent to nobody, so only the fact that it came is kept.
    const kept = actions.length > 0 ? body : null;
    const bytes = kept?.length ?? 0;
    if (row.stored_bytes + bytes > this.#options.maxChannelBytes) return 'full';

    this.#sql(
      `INSERT INTO deliveries (channel, id, digest, body, signature, content_type, actions, received_at, passed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      channel,
      randomUUID(),
      digest,
      kept,
      signature,
      contentType,
      JSON.stringify(actions),
      receivedAt,
      kept ? null : receivedAt,
    );
    this.#sql(`UPDATE channels SET stored_bytes = stored_bytes + ?, last_event_at = ? WHERE channel = ?`).run(
      bytes,
      receivedAt,
      channel,
    );
    return 'stored';
  }

  latest(channel: string, action: string | null, limit: number) {
    return this.#transact(() => {
      const rows = this.#sql(
        `SELECT * FROM deliveries WHERE channel = ? AND body IS NOT NULL
           AND (? IS NULL OR EXISTS (SELECT 1 FROM json_each(actions) WHERE value = ?))
         ORDER BY seq DESC LIMIT ?`,
      ).all(channel, action, action, limit) as DeliveryRow[];
      return rows.map(toDelivery);
    });
  }

  deliveriesAfter(channel: string, seq: number, limit: number) {
    return this.#transact(() => {
      const rows = this.#sql(
        'SELECT * FROM deliveries WHERE channel = ? AND seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?',
      ).iterate(channel, seq, limit) as IterableIterator<DeliveryRow>;
      const deliveries: Delivery[] = [];
      let bytes = 0;
      for (const row of rows) {
        deliveries.push(toDelivery(row));
        bytes += row.body.length;
        if (bytes >= MAX_BATCH_BYTES) break;
      }
      return deliveries;
    });
  }

  subscribe(
    channel: string,
    { targetUrl, filter }: { targetUrl: string; filter: ActionFilter },
    maxSubscriptions: number,
    now: number,
  ) {
    return this.#transact((): Subscription | 'full' => {
      const text = filterText(filter);
      const find = () =>
        this.#sql('SELECT * FROM subscriptions WHERE channel = ? AND target_url = ? AND filter = ?').get(
          channel,
          targetUrl,
          text,
        ) as SubscriptionRow | undefined;
      const present = find();
      if (present) return toSubscription(present);

      const { count } = this.#sql('SELECT count(*) AS count FROM subscriptions WHERE channel = ?').get(channel) as {
        count: number;
      };
      if (count >= maxSubscriptions) return 'full';
      this.#sql(
        `INSERT INTO subscriptions (id, channel, target_url, filter, cursor, created_at)
         VALUES (?, ?, ?, ?, (SELECT coalesce(max(seq), 0) FROM deliveries), ?)`,
      ).run(randomUUID(), channel, targetUrl, text, now);
      const created = find();
      if (!created) throw new Error('A subscription that was just written is not there.');
      return toSubscription(created);
    });
  }

  subscription(channel: string, id: string) {
    return this.#transact(() => {
      const row = this.#sql('SELECT * FROM subscriptions WHERE channel = ? AND id = ?').get(channel, id) as
        SubscriptionRow | undefined;
      return row ? toSubscription(row) : null;
    });
  }

  subscriptions(channel?: string) {
    return this.#transact(() => {
      const rows = this.#sql('SELECT * FROM subscriptions WHERE ? IS NULL OR channel = ? ORDER BY created_at, id').all(
        channel ?? null,
        channel ?? null,
      ) as SubscriptionRow[];
      return rows.map(toSubscription);
    });
  }

  unsubscribe(channel: string, id: string) {
    return this.#transact(
      () => this.#sql('DELETE FROM subscriptions WHERE channel = ? AND id = ?').run(channel, id).changes > 0,
    );
  }

  progress(progress: Parameters<Store['progress']>[0]) {
    return this.#transact(() => {
      for (const entry of progress) this.#progressOne(entry);
    });
  }

  #progressOne({ subscriptionId, cursor, failures, nextAttemptAt, lastSuccessAt }: Parameters<Store['bury']>[1]): void {
    this.#sql(
      `UPDATE subscriptions SET cursor = max(cursor, ?), failures = ?, next_attempt_at = ?,
         last_success_at = coalesce(?, last_success_at) WHERE id = ?`,
    ).run(cursor, failures, Math.round(nextAttemptAt), lastSuccessAt, subscriptionId);
  }

  bury(deadLetters: Parameters<Store['bury']>[0], progress: Parameters<Store['bury']>[1]) {
    return this.#transact(() => {
      for (const { subscriptionId, seq, reason, deadAt } of deadLetters) {
        // The subscription may have been ended meanwhile.
        this.#sql(
          `INSERT INTO dead_letters (subscription_id, seq, reason, dead_at)
           SELECT id, ?, ?, ? FROM subscriptions WHERE id = ? ON CONFLICT DO NOTHING`,
        ).run(seq, reason, deadAt, subscriptionId);
      }
      this.#progressOne(progress);
    });
  }

  redrive(subscriptionId: string) {
    return this.#transact(
      () => this.#sql('UPDATE dead_letters SET is_redriven = 1 WHERE subscription_id = ?').run(subscriptionId).changes,
    );
  }

  redriven(subscriptionId: string, limit: number) {
    return this.#transact(() => {
      const rows = this.#sql(
        `SELECT d.* FROM dead_letters l JOIN deliveries d USING (seq)
         WHERE l.subscription_id = ? AND l.is_redriven = 1 AND d.body IS NOT NULL ORDER BY seq LIMIT ?`,
      ).all(subscriptionId, limit) as DeliveryRow[];
      return rows.map(toDelivery);
    });
  }

  settleRedriven(subscriptionId: string, seq: number, isDelivered: boolean) {
    return this.#transact(() => {
      this.#sql(
        isDelivered
          ? 'DELETE FROM dead_letters WHERE subscription_id = ? AND seq = ?'
          : 'UPDATE dead_letters SET is_redriven = 0 WHERE subscription_id = ? AND seq = ?',
      ).run(subscriptionId, seq);
    });
  }

  retain({ bodyMs, duplicateMs, deadLetterMs }: Parameters<Store['retain']>[0], now: number) {
    return this.#transact(() => {
      this.#sql('DELETE FROM dead_letters WHERE dead_at < ?').run(now - deadLetterMs);
      this.#sql(
        `UPDATE deliveries SET passed_at = ? WHERE passed_at IS NULL AND seq <= (
           SELECT coalesce(min(cursor), 9223372036854775807) FROM subscriptions s WHERE s.channel = deliveries.channel)`,
      ).run(now);
      const old = this.#sql(
        `SELECT seq, channel, coalesce(length(body), 0) AS bytes, received_at FROM deliveries d
         WHERE passed_at IS NOT NULL AND passed_at <= ?
           AND (body IS NOT NULL OR received_at < ?)
           AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) LIMIT 10000`,
      ).all(now - bodyMs, now - duplicateMs) as { seq: number; channel: string; bytes: number; received_at: number }[];
      for (const { seq, channel, bytes, received_at } of old) {
        this.#sql('UPDATE channels SET stored_bytes = stored_bytes - ? WHERE channel = ?').run(bytes, channel);
        this.#sql(
          received_at < now - duplicateMs
            ? 'DELETE FROM deliveries WHERE seq = ?'
            : 'UPDATE deliveries SET body = NULL WHERE seq = ?',
        ).run(seq);
      }
      return old.length;
    });
  }

  totals() {
    return this.#transact(
      () =>
        this.#sql(
          `SELECT (SELECT count(*) FROM channels) AS channels, (SELECT count(*) FROM subscriptions) AS subscriptions,
             (SELECT count(*) FROM deliveries) AS deliveries, (SELECT count(*) FROM dead_letters) AS deadLetters,
             (SELECT coalesce(sum(stored_bytes), 0) FROM channels) AS storedBytes`,
        ).get() as Awaited<ReturnType<Store['totals']>>,
    );
  }

  close() {
    this.database.close();
    return Promise.resolve();
  }
}
