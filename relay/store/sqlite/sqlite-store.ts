/** The store of a relay on one machine: one SQLite file, one process. */

import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';

import Database from 'better-sqlite3';

import { toDelivery, toSubscription, type DeliveryRow, type SubscriptionRow } from '../rows.ts';
import {
  digestOf,
  filterText,
  HOUR_MS,
  LATEST_OF,
  MAX_BATCH_BYTES,
  RETAIN_BATCH,
  StoreUnavailable,
  pendingOf,
  type ActionFilter,
  type ChannelPosition,
  type ChannelState,
  type Delivery,
  type Ingested,
  type Lease,
  type LeaseRequest,
  type NewDelivery,
  type OnChange,
  type Progress,
  type Release,
  type Store,
  type StoreOptions,
  type Subscription,
  type SubscriptionState,
  type Waiting,
} from '../store.ts';

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
  // Leases; and nothing that costs more the more is stored: deliveries are counted as they come, and that they were
  // passed is noted by the hour, instead of in each.
  `
  ALTER TABLE channels ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN deliveries INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN emptied_seq INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN paced_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN lease_id TEXT;
  ALTER TABLE channels ADD COLUMN due_at INTEGER;
  CREATE UNIQUE INDEX channels_by_lease ON channels (lease_id) WHERE lease_id IS NOT NULL;
  CREATE INDEX channels_due ON channels (due_at) WHERE due_at IS NOT NULL;
  ALTER TABLE subscriptions ADD COLUMN paced_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX dead_letters_redriven ON dead_letters (subscription_id) WHERE is_redriven;
  CREATE TABLE hours (
    channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    events INTEGER NOT NULL,
    others INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (channel, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE passages (
    channel TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    passed_at INTEGER NOT NULL,
    PRIMARY KEY (channel, hour)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO hours SELECT channel, received_at / ${HOUR_MS}, count(*) FILTER (WHERE actions <> '[]'),
    count(*) FILTER (WHERE actions = '[]'), max(seq) FROM deliveries GROUP BY 1, 2;
  INSERT INTO passages SELECT channel, passed_at / ${HOUR_MS}, max(seq), max(passed_at) FROM deliveries
    WHERE passed_at IS NOT NULL AND body IS NOT NULL GROUP BY 1, 2;
  UPDATE channels SET due_at = 0,
    last_seq = (SELECT coalesce(max(seq), 0) FROM deliveries d WHERE d.channel = channels.channel AND actions <> '[]'),
    deliveries = (SELECT count(*) FROM deliveries d WHERE d.channel = channels.channel);
  DROP INDEX deliveries_unpassed;
  DROP INDEX deliveries_passed;
  ALTER TABLE deliveries DROP COLUMN passed_at;
  `,
];

/** How far a channel is done, and which of its deliveries need not be known again. */
interface PassedRow {
  channel: string;
  seq: number;
  emptiedSeq: number;
  knownSeq: number;
}

interface LeaseRow {
  channel: string;
  last_seq: number;
  revision: number;
  paced_at: number;
}

const SUBSCRIPTIONS = `SELECT *, EXISTS (SELECT 1 FROM dead_letters l WHERE l.subscription_id = id AND l.is_redriven)
  AS is_redriving FROM subscriptions`;

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

/**
 * Opens the store, and creates or migrates its file.
 *
 * @param path - a file, or `:memory:`
 * @throws {StoreUnavailable} when another process has the file, or it can't be used
 */
export function openSqliteStore(path: string, options: StoreOptions): Store & { readonly database: Database.Database } {
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
  readonly #options: StoreOptions;
  readonly #statements = new Map<string, Database.Statement>();
  #isDurable: boolean | null = null;
  #onChange: OnChange = () => undefined;

  constructor(database: Database.Database, options: StoreOptions) {
    this.database = database;
    this.#options = options;
    this.#setDurable(true);
    // The file is this process's alone, so whoever held a lease is no more.
    this.#sql('UPDATE channels SET lease_id = NULL, due_at = 0 WHERE lease_id IS NOT NULL').run();
  }

  #sql(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** A transaction, once it is done, waits for the disk, unless what it says may be lost in a power cut. */
  #setDurable(isDurable: boolean): void {
    if (isDurable === this.#isDurable) return;
    this.database.pragma(`synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }

  // SQLite is synchronous; the interface is not, for stores that aren't. A failure must reject, not throw.
  #transact<T>(work: () => T, isDurable = true): Promise<T> {
    try {
      this.#setDurable(isDurable);
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
    this.#onChange(channel, 'subscriptions');
    return isDeleted;
  }

  channelState(channel: string, now: number) {
    return this.#transact((): ChannelState | null => {
      const row = this.#sql('SELECT * FROM channels WHERE channel = ?').get(channel) as
        { created_at: number; last_event_at: number | null; stored_bytes: number } | undefined;
      if (!row) return null;
      const counts = this.#sql(
        `SELECT coalesce(sum(events), 0) AS events, coalesce(sum(others), 0) AS others
         FROM hours WHERE channel = ? AND hour >= ?`,
      ).get(channel, Math.floor(now / HOUR_MS) - 24) as { events: number; others: number };
      const subscriptions = (
        this.#sql(`${SUBSCRIPTIONS} WHERE channel = ? ORDER BY created_at, id`).all(channel) as SubscriptionRow[]
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
      `SELECT actions, count(*) AS count, min(received_at) AS oldestAt FROM deliveries
       WHERE channel = ? AND seq > ? AND body IS NOT NULL GROUP BY actions`,
    ).all(subscription.channel, subscription.cursor) as Waiting[];
    const { count } = this.#sql('SELECT count(*) AS count FROM dead_letters WHERE subscription_id = ?').get(
      subscription.id,
    ) as { count: number };
    return {
      ...subscription,
      ...pendingOf(subscription.filter, waiting),
      deadLetters: count,
    };
  }

  async ingest(deliveries: readonly NewDelivery[]) {
    const results = await this.#transact(() => deliveries.map((delivery) => this.#ingestOne(delivery)));
    const woken = deliveries.filter(({ actions }, index) => results[index] === 'stored' && actions.length > 0);
    for (const channel of new Set(woken.map((delivery) => delivery.channel))) this.#onChange(channel, 'deliveries');
    return results;
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

    const { lastInsertRowid: seq } = this.#sql(
      `INSERT INTO deliveries (channel, id, digest, body, signature, content_type, actions, received_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(channel, randomUUID(), digest, kept, signature, contentType, JSON.stringify(actions), receivedAt);
    this.#sql(
      `INSERT INTO hours (channel, hour, events, others, last_seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         events = events + excluded.events, others = others + excluded.others, last_seq = excluded.last_seq`,
    ).run(channel, Math.floor(receivedAt / HOUR_MS), kept ? 1 : 0, kept ? 0 : 1, seq);
    this.#sql(
      kept
        ? `UPDATE channels SET deliveries = deliveries + 1, last_event_at = ?, stored_bytes = stored_bytes + ?,
             last_seq = ?, due_at = iif(lease_id IS NULL, ?, due_at) WHERE channel = ?`
        : 'UPDATE channels SET deliveries = deliveries + 1, last_event_at = ? WHERE channel = ?',
    ).run(receivedAt, ...(kept ? [bytes, seq, receivedAt] : []), channel);
    return 'stored';
  }

  latest(channel: string, action: string | null, limit: number) {
    return this.#transact(() => {
      const rows = this.#sql(
        `SELECT * FROM (SELECT * FROM deliveries WHERE channel = ? AND body IS NOT NULL ORDER BY seq DESC LIMIT ?)
         WHERE ? IS NULL OR EXISTS (SELECT 1 FROM json_each(actions) WHERE value = ?) ORDER BY seq DESC LIMIT ?`,
      ).all(channel, LATEST_OF, action, action, limit) as DeliveryRow[];
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

  async subscribe(
    channel: string,
    { targetUrl, filter }: { targetUrl: string; filter: ActionFilter },
    maxSubscriptions: number,
    now: number,
  ) {
    const result = await this.#transact((): Subscription | 'full' => {
      const text = filterText(filter);
      const find = () =>
        this.#sql(`${SUBSCRIPTIONS} WHERE channel = ? AND target_url = ? AND filter = ?`).get(
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
         VALUES (?, ?, ?, ?, (SELECT last_seq FROM channels WHERE channel = ?), ?)`,
      ).run(randomUUID(), channel, targetUrl, text, channel, now);
      this.#changed(channel);
      const created = find();
      if (!created) throw new Error('A subscription that was just written is not there.');
      return toSubscription(created);
    });
    this.#onChange(channel, 'subscriptions');
    return result;
  }

  #changed(channel: string): void {
    this.#sql('UPDATE channels SET revision = revision + 1 WHERE channel = ?').run(channel);
  }

  subscription(channel: string, id: string) {
    return this.#transact(() => {
      const row = this.#sql(`${SUBSCRIPTIONS} WHERE channel = ? AND id = ?`).get(channel, id) as
        SubscriptionRow | undefined;
      return row ? toSubscription(row) : null;
    });
  }

  subscriptions(channel: string) {
    return this.#transact(() => this.#subscriptionsOf(channel));
  }

  #subscriptionsOf(channel: string): Subscription[] {
    const rows = this.#sql(`${SUBSCRIPTIONS} WHERE channel = ? ORDER BY created_at, id`).all(channel);
    return (rows as SubscriptionRow[]).map(toSubscription);
  }

  async unsubscribe(channel: string, id: string) {
    const isEnded = await this.#transact(() => {
      const { changes } = this.#sql('DELETE FROM subscriptions WHERE channel = ? AND id = ?').run(channel, id);
      if (changes > 0) this.#changed(channel);
      return changes > 0;
    });
    this.#onChange(channel, 'subscriptions');
    return isEnded;
  }

  lease({ limit, milliseconds, now }: LeaseRequest) {
    return this.#transact(() => {
      const due = this.#sql(
        'SELECT channel, last_seq, revision, paced_at FROM channels WHERE due_at <= ? ORDER BY due_at LIMIT ?',
      ).all(now, limit) as LeaseRow[];
      const leases = due.map((row): Lease => {
        const leaseId = randomUUID();
        this.#sql('UPDATE channels SET lease_id = ?, due_at = ? WHERE channel = ?').run(
          leaseId,
          now + milliseconds,
          row.channel,
        );
        return {
          leaseId,
          channel: row.channel,
          lastSeq: row.last_seq,
          revision: row.revision,
          pacedAt: row.paced_at,
          subscriptions: this.#subscriptionsOf(row.channel),
        };
      });
      const { lookAgainAt } = this.#sql(
        'SELECT min(due_at) AS lookAgainAt FROM channels WHERE due_at IS NOT NULL',
      ).get() as { lookAgainAt: number | null };
      return { leases, lookAgainAt };
    }, false);
  }

  renew(leaseIds: readonly string[], milliseconds: number, now: number) {
    return this.#transact(
      () =>
        leaseIds.flatMap((leaseId) => {
          const row = this.#sql(
            'UPDATE channels SET due_at = ? WHERE lease_id = ? RETURNING last_seq AS lastSeq, revision',
          ).get(now + milliseconds, leaseId) as Omit<ChannelPosition, 'leaseId'> | undefined;
          return row ? [{ leaseId, ...row }] : [];
        }),
      false,
    );
  }

  release(releases: readonly Release[]) {
    return this.#transact(() => {
      for (const { leaseId, lastSeq, revision, pacedAt, dueAt } of releases) {
        this.#sql(
          `UPDATE channels SET lease_id = NULL, paced_at = ?,
             due_at = iif(last_seq > ? OR revision <> ?, 0, ?) WHERE lease_id = ?`,
        ).run(Math.round(pacedAt), lastSeq, revision, dueAt === null ? null : Math.round(dueAt), leaseId);
      }
    }, false);
  }

  listen(_holder: string, onChange: OnChange) {
    this.#onChange = onChange;
    return Promise.resolve();
  }

  progress(progress: readonly Progress[]) {
    return this.#transact(() => {
      for (const entry of progress) this.#progressOne(entry);
    }, false);
  }

  #progressOne(progress: Progress): void {
    const { leaseId, subscriptionId, cursor, failures, nextAttemptAt, lastSuccessAt, pacedAt } = progress;
    this.#sql(
      `UPDATE subscriptions SET cursor = max(cursor, ?), failures = ?, next_attempt_at = ?,
         last_success_at = coalesce(?, last_success_at), paced_at = ?
       WHERE id = ? AND channel = (SELECT channel FROM channels WHERE lease_id = ?)`,
    ).run(cursor, failures, Math.round(nextAttemptAt), lastSuccessAt, Math.round(pacedAt), subscriptionId, leaseId);
  }

  bury(deadLetters: Parameters<Store['bury']>[0], progress: Progress) {
    return this.#transact(() => {
      if (!this.#sql('SELECT 1 FROM channels WHERE lease_id = ?').get(progress.leaseId)) return false;
      for (const { subscriptionId, seq, reason, deadAt } of deadLetters) {
        // The subscription may have been ended meanwhile.
        this.#sql(
          `INSERT INTO dead_letters (subscription_id, seq, reason, dead_at)
           SELECT id, ?, ?, ? FROM subscriptions WHERE id = ? ON CONFLICT DO NOTHING`,
        ).run(seq, reason, deadAt, subscriptionId);
      }
      this.#progressOne(progress);
      return true;
    });
  }

  async redrive(channel: string, subscriptionId: string) {
    const count = await this.#transact(() => {
      const { changes } = this.#sql(
        `UPDATE dead_letters SET is_redriven = 1
         WHERE subscription_id = (SELECT id FROM subscriptions WHERE id = ? AND channel = ?)`,
      ).run(subscriptionId, channel);
      if (changes > 0) {
        this.#changed(channel);
        this.#sql('UPDATE channels SET due_at = 0 WHERE channel = ? AND lease_id IS NULL').run(channel);
      }
      return changes;
    });
    this.#onChange(channel, 'subscriptions');
    return count;
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

  settleRedriven(leaseId: string, subscriptionId: string, seq: number, isDelivered: boolean) {
    return this.#transact(() => {
      if (isDelivered) {
        this.#sql('DELETE FROM dead_letters WHERE subscription_id = ? AND seq = ?').run(subscriptionId, seq);
      } else {
        this.#sql(
          `UPDATE dead_letters SET is_redriven = 0 WHERE subscription_id = ? AND seq = ?
             AND EXISTS (SELECT 1 FROM channels WHERE lease_id = ?)`,
        ).run(subscriptionId, seq, leaseId);
      }
    });
  }

  retain({ bodyMs, duplicateMs, deadLetterMs }: Parameters<Store['retain']>[0], now: number) {
    return this.#transact(() => {
      this.#sql('DELETE FROM dead_letters WHERE dead_at < ?').run(now - deadLetterMs);
      this.#notePassages(now);
      const passed = this.#sql(
        `SELECT p.channel, max(p.seq) AS seq, c.emptied_seq AS emptiedSeq, coalesce((SELECT max(h.last_seq) FROM hours h
           WHERE h.channel = p.channel AND (h.hour + 1) * ${HOUR_MS} <= ?), 0) AS knownSeq
         FROM passages p JOIN channels c USING (channel) WHERE p.passed_at <= ? GROUP BY p.channel`,
      ).all(now - duplicateMs, now - bodyMs) as PassedRow[];
      let count = 0;
      for (const row of passed) count += this.#forget(row, RETAIN_BATCH - count);
      this.#sql(
        `DELETE FROM hours WHERE hour < ? AND last_seq <
           coalesce((SELECT min(seq) FROM deliveries d WHERE d.channel = hours.channel), last_seq + 1)`,
      ).run(Math.floor(now / HOUR_MS) - 24);
      this.#sql(
        `DELETE FROM passages AS p WHERE passed_at <= ? AND EXISTS (SELECT 1 FROM passages n
           WHERE n.channel = p.channel AND n.hour > p.hour AND n.passed_at <= ?)`,
      ).run(now - bodyMs, now - bodyMs);
      return count;
    });
  }

  /** Notes how far all subscriptions of each channel are; with everything done, what came without events, too. */
  #notePassages(now: number): void {
    this.#sql(
      `INSERT INTO passages (channel, hour, seq, passed_at)
       SELECT channel, ?, seq, ? FROM (
         SELECT c.channel, iif(min(coalesce(s.cursor, c.last_seq)) >= c.last_seq,
           (SELECT max(d.seq) FROM deliveries d WHERE d.channel = c.channel), min(s.cursor)) AS seq
         FROM channels c LEFT JOIN subscriptions s USING (channel) GROUP BY c.channel) AS done
       WHERE seq > coalesce((SELECT max(p.seq) FROM passages p WHERE p.channel = done.channel), 0)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, passed_at = excluded.passed_at`,
    ).run(Math.floor(now / HOUR_MS), now);
  }

  /** Deletes deliveries that are no longer to be known again, and the bodies of others. */
  #forget({ channel, seq, emptiedSeq, knownSeq }: PassedRow, limit: number): number {
    const old = this.#sql(
      `SELECT seq, coalesce(length(body), 0) AS bytes FROM deliveries d WHERE channel = ? AND seq <= ?
         AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY seq LIMIT ?`,
    ).all(channel, Math.min(seq, knownSeq), limit) as { seq: number; bytes: number }[];
    const full = this.#sql(
      `SELECT seq, length(body) AS bytes FROM deliveries d WHERE channel = ? AND seq > ? AND seq <= ?
         AND body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY seq LIMIT ?`,
    ).all(channel, Math.max(emptiedSeq, knownSeq), seq, limit - old.length) as { seq: number; bytes: number }[];
    for (const row of old) this.#sql('DELETE FROM deliveries WHERE seq = ?').run(row.seq);
    for (const row of full) this.#sql('UPDATE deliveries SET body = NULL WHERE seq = ?').run(row.seq);
    const bytes = [...old, ...full].reduce((sum, row) => sum + row.bytes, 0);
    this.#sql(
      `UPDATE channels SET stored_bytes = stored_bytes - ?, deliveries = deliveries - ?, emptied_seq = ?
       WHERE channel = ?`,
    ).run(bytes, old.length, full.at(-1)?.seq ?? emptiedSeq, channel);
    return old.length + full.length;
  }

  totals(now: number) {
    return this.#transact(
      () =>
        this.#sql(
          `SELECT (SELECT count(*) FROM channels) AS channels, (SELECT count(*) FROM subscriptions) AS subscriptions,
             (SELECT coalesce(sum(deliveries), 0) FROM channels) AS deliveries,
             (SELECT count(*) FROM dead_letters) AS deadLetters,
             (SELECT coalesce(sum(stored_bytes), 0) FROM channels) AS storedBytes,
             (SELECT count(*) FROM channels WHERE due_at < ?) AS overdueChannels`,
        ).get(now - 1000) as Awaited<ReturnType<Store['totals']>>,
    );
  }

  async ping() {
    await this.#transact(() => this.#sql('SELECT 1').get());
  }

  close() {
    this.database.close();
    return Promise.resolve();
  }
}
