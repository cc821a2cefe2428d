/** The store of relays on any number of machines: one PostgreSQL, 13 or newer. */

import pg from 'pg';

import { nameOf } from '../../log.ts';
import { migrate } from './migrate.ts';
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
  type ChannelLimits,
  type ChannelPosition,
  type ChannelState,
  type DeadLetter,
  type Ingested,
  type Lease,
  type LeaseRequest,
  type NewDelivery,
  type OnChange,
  type Progress,
  type Release,
  type RetentionLimits,
  type Store,
  type StoreOptions,
  type Subscription,
  type SubscriptionState,
  type Totals,
  type Waiting,
} from '../store.ts';

/** Connections of a process: for what must be durable, for leases and progress, for what takes long, to listen. */
const CONNECTIONS = { durable: 8, relaxed: 3, slow: 2 };
/** A database that does not answer for so long is asked anew, over another connection. */
const QUERY_MS = 3_000;
const CONNECT_MS = 2_000;
const SLOW_QUERY_MS = 10 * 60_000;
/** How long a failed connection is tried again; TutorCruncher gets its answer after 6.5 s. */
const PATIENCE_MS = 6_000;
const RETRY_MS = 100;
/** Should nobody tell of something that is due, it is found after this. */
const MAX_LOOK_MS = 1_000;
const LISTEN_AGAIN_MS = 500;
const LISTEN_CHECK_MS = 10_000;
const DELETE_BATCH = 5_000;
/** Channels whose deliveries are deleted in one statement, which has them locked. */
const FORGET_CHANNELS = 50;

/**
 * Classes of SQLSTATE, and codes, that pass by themselves: the connection, the server's state, resources, locks, and a
 * server that is about to be the one to write to.
 */
const TRANSIENT = /^(08|53|57|58|40|55|25006)/;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Numbers of deliveries and times fit JavaScript's numbers. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Whether trying again may help: the connection or the server failed, not the statement. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return TRANSIENT.test(error.code ?? '');
}

/** The driver's own errors, of time-outs mostly, have nothing that a log could tell them by. */
function named(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error;
  return Object.assign(new Error('The database does not answer.', { cause: error }), { code: 'NO_ANSWER' });
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A channel, and who holds it. */
interface HeldRow {
  channel: string;
  holder: string | null;
}

const SUBSCRIPTIONS = `SELECT s.id, c.channel, s.target_url, s.filter, s.cursor, s.failures, s.next_attempt_at,
    s.created_at, s.last_success_at, s.paced_at, EXISTS (
    SELECT 1 FROM dead_letters l WHERE l.subscription_id = s.id AND l.is_redriven) AS is_redriving
  FROM channels c JOIN subscriptions s ON s.channel_id = c.id`;

const DELIVERY = 'd.seq, d.id, d.body, d.signature, d.content_type, d.actions, d.received_at';

/** How far all subscriptions of each channel are; with everything done, what came without events, too. */
const NOTE_PASSAGES = `INSERT INTO passages AS p (channel_id, hour, seq, passed_at)
  SELECT done.id, $1::bigint / ${HOUR_MS}, done.seq, $1 FROM (
    SELECT c.id, CASE WHEN min(coalesce(s.cursor, c.last_seq)) >= c.last_seq THEN c.newest_seq ELSE min(s.cursor) END
      AS seq FROM channels c LEFT JOIN subscriptions s ON s.channel_id = c.id GROUP BY c.id) done
  WHERE done.seq > coalesce((SELECT max(q.seq) FROM passages q WHERE q.channel_id = done.id), 0) ORDER BY done.id
  ON CONFLICT (channel_id, hour) DO UPDATE SET seq = excluded.seq, passed_at = excluded.passed_at`;

const TIDY_HOURS = `DELETE FROM hours h USING (
    SELECT c.id, (SELECT min(d.seq) FROM deliveries d WHERE d.channel_id = c.id) AS oldest FROM channels c) o
  WHERE h.channel_id = o.id AND h.hour < $1 AND h.last_seq < coalesce(o.oldest, h.last_seq + 1)`;

const TIDY_PASSAGES = `DELETE FROM passages p WHERE p.passed_at <= $1 AND EXISTS (
  SELECT 1 FROM passages n WHERE n.channel_id = p.channel_id AND n.hour > p.hour AND n.passed_at <= $1)`;

const listenerOf = (holder: string): string => `relay_${holder.replaceAll('-', '')}`;

/**
 * Opens the store, and creates or migrates its tables in the schema that the connection finds first.
 *
 * @param url - `postgres://user:password@host:port/database`
 * @throws {StoreUnavailable} when it can't be used; the message holds nothing of the URL
 */
export async function openPostgresStore(url: string, options: StoreOptions): Promise<Store> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, types });
    client.on('error', () => undefined);
    await client.connect();
    await migrate(client);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`Can't use the database of RELAY_DATABASE_URL: ${reasonOf(error)}`);
  } finally {
    await client?.end().catch(() => undefined);
  }
  return new PostgresStore(url, options);
}

/** What the server says is about names and rights, which the one who deploys has to know. */
function reasonOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? error.message : `no connection (${nameOf(error)}).`;
}

class PostgresStore implements Store {
  readonly #url: string;
  readonly #options: StoreOptions;
  readonly #durable: pg.Pool;
  readonly #relaxed: pg.Pool;
  readonly #slow: pg.Pool;
  #holder: string | null = null;
  #onChange: OnChange = () => undefined;
  #listener: pg.Client | null = null;
  #isClosed = false;

  constructor(url: string, options: StoreOptions) {
    this.#url = url;
    this.#options = options;
    // A server may be set up to say that something is safe before it is.
    const insist = `SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') = 'off'`;
    this.#durable = this.#pool(CONNECTIONS.durable, QUERY_MS, insist);
    this.#relaxed = this.#pool(CONNECTIONS.relaxed, QUERY_MS, 'SET synchronous_commit = off');
    this.#slow = this.#pool(CONNECTIONS.slow, SLOW_QUERY_MS, insist);
  }

  #pool(max: number, queryMs: number, setUp: string): pg.Pool {
    const config = {
      connectionString: this.#url,
      application_name: 'tutorcruncher-zapier-relay',
      max,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: queryMs,
      query_timeout: queryMs,
      keepAlive: true,
      types,
      // Awaited by the pool before anybody gets the connection, though its types don't say so.
      onConnect: async (client: pg.ClientBase) => {
        client.on('error', () => undefined);
        await client.query(setUp);
      },
    };
    const pool = new pg.Pool(config);
    // Broken ones are replaced; the next query says so if they can't be.
    pool.on('error', () => undefined);
    return pool;
  }

  /** Runs a statement that may be run twice, and again while the connection fails. */
  async #query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
    pool = this.#durable,
  ): Promise<Row[]> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return (await pool.query<Row>({ name, text, values })).rows;
      } catch (error) {
        if (!isTransient(error) || this.#isClosed || Date.now() + RETRY_MS > giveUpAt) throw named(error);
        await pause(RETRY_MS);
      }
    }
  }

  /** Tells whoever holds these channels, or would: this process or another. */
  #tell(rows: readonly HeldRow[], what: Parameters<OnChange>[1]): void {
    const others = rows.filter(({ holder }) => holder !== null && holder !== this.#holder);
    for (const { channel, holder } of rows) {
      if (holder === null || holder === this.#holder) this.#onChange(channel, what);
    }
    if (others.length === 0) return;
    this.#query(
      'tell',
      'SELECT pg_notify(listener, payload) FROM unnest($1::text[], $2::text[]) AS t(listener, payload)',
      [others.map(({ holder }) => listenerOf(holder ?? '')), others.map(({ channel }) => `${what} ${channel}`)],
      this.#relaxed,
    ).catch(() => {
      // They see it with their next renewal.
    });
  }

  async listen(holder: string, onChange: OnChange): Promise<void> {
    this.#holder = holder;
    this.#onChange = onChange;
    await this.#startListening(holder).catch(() => {
      this.#listenAgain(holder);
    });
  }

  async #startListening(holder: string): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'tutorcruncher-zapier-relay listener',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
    });
    this.#listener = client;
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => {
      const [what, channel] = payload.split(' ');
      if (channel && (what === 'deliveries' || what === 'subscriptions')) this.#onChange(channel, what);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${listenerOf(holder)}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    // A connection can be dead without anybody saying so.
    const check = setInterval(() => {
      client.query('SELECT 1').catch(() => client.end());
    }, LISTEN_CHECK_MS);
    check.unref();
    client.once('end', () => {
      clearInterval(check);
      this.#listenAgain(holder);
    });
  }

  #listenAgain(holder: string): void {
    if (this.#isClosed) return;
    const again = async () => {
      await pause(LISTEN_AGAIN_MS);
      if (!this.#isClosed) await this.#startListening(holder);
    };
    again().catch(() => {
      this.#listenAgain(holder);
    });
  }

  async registerChannel(channel: string, { maxChannels, idleMs }: ChannelLimits, now: number) {
    const [row] = await this.#query<{ result: 'registered' | 'full' }>(
      'register',
      'SELECT relay_register($1, $2, $3, $4) AS result',
      [channel, maxChannels, now - idleMs, now],
    );
    return row?.result ?? 'full';
  }

  async hasChannel(channel: string) {
    return (await this.#query('has-channel', 'SELECT 1 FROM channels WHERE channel = $1', [channel])).length > 0;
  }

  async deleteChannel(channel: string) {
    const [row] = await this.#query<{ id: number; holder: string | null }>(
      'delete-channel',
      `WITH gone AS (DELETE FROM channels WHERE channel = $1 RETURNING id, leased_by),
         noted AS (INSERT INTO forgotten SELECT id FROM gone)
       SELECT id, leased_by AS holder FROM gone`,
      [channel],
      this.#slow,
    );
    if (!row) return false;
    this.#tell([{ channel, holder: row.holder }], 'subscriptions');
    await this.#deleteForgotten(row.id);
    return true;
  }

  async #deleteForgotten(id: number): Promise<void> {
    const deleteSome = `WITH gone AS (DELETE FROM deliveries WHERE channel_id = $1 AND seq IN (
        SELECT seq FROM deliveries WHERE channel_id = $1 ORDER BY seq LIMIT ${DELETE_BATCH}) RETURNING 1)
      SELECT count(*) AS count FROM gone`;
    for (;;) {
      const [row] = await this.#query<{ count: number }>('delete-deliveries', deleteSome, [id], this.#slow);
      if (!row || row.count === 0) break;
    }
    await this.#query('delete-hours', 'DELETE FROM hours WHERE channel_id = $1', [id]);
    await this.#query('delete-passages', 'DELETE FROM passages WHERE channel_id = $1', [id]);
    await this.#query('delete-forgotten', 'DELETE FROM forgotten WHERE channel_id = $1', [id]);
  }

  async channelState(channel: string, now: number): Promise<ChannelState | null> {
    const [row] = await this.#query<{
      created_at: number;
      last_event_at: number | null;
      stored_bytes: number;
      events: number;
      others: number;
    }>(
      'channel-state',
      `SELECT c.created_at, c.last_event_at, c.stored_bytes, coalesce(sum(h.events), 0)::bigint AS events,
         coalesce(sum(h.others), 0)::bigint AS others
       FROM channels c LEFT JOIN hours h ON h.channel_id = c.id AND h.hour >= $2 WHERE c.channel = $1 GROUP BY c.id`,
      [channel, Math.floor(now / HOUR_MS) - 24],
    );
    if (!row) return null;
    const subscriptions: SubscriptionState[] = [];
    for (const subscription of await this.subscriptions(channel)) subscriptions.push(await this.#stateOf(subscription));
    return {
      channel,
      createdAt: row.created_at,
      lastEventAt: row.last_event_at,
      events24h: row.events,
      others24h: row.others,
      storedBytes: row.stored_bytes,
      subscriptions,
    };
  }

  async #stateOf(subscription: Subscription): Promise<SubscriptionState> {
    const waiting = await this.#query<Waiting>(
      'waiting',
      `SELECT d.actions, count(*) AS count, min(d.received_at) AS "oldestAt"
       FROM channels c JOIN deliveries d ON d.channel_id = c.id
       WHERE c.channel = $1 AND d.seq > $2 AND d.body IS NOT NULL GROUP BY d.actions`,
      [subscription.channel, subscription.cursor],
      this.#slow,
    );
    const [dead] = await this.#query<{ count: number }>(
      'dead-letters',
      'SELECT count(*) AS count FROM dead_letters WHERE subscription_id = $1',
      [subscription.id],
    );
    return {
      ...subscription,
      ...pendingOf(subscription.filter, waiting),
      deadLetters: dead?.count ?? 0,
    };
  }

  async ingest(deliveries: readonly NewDelivery[]): Promise<Ingested[]> {
    // A body without events is sent to nobody, so only the fact that it came is kept.
    const bodies = deliveries.map(({ body, actions }) => (actions.length > 0 ? body : Buffer.alloc(0)));
    const rows = await this.#query<{ result: Ingested; holder: string | null }>(
      'ingest',
      'SELECT result, holder FROM relay_ingest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
      [
        deliveries.map(({ channel }) => channel),
        bodies.map(({ length }) => length),
        Buffer.concat(bodies),
        Buffer.concat(deliveries.map(digestOf)),
        deliveries.map(({ signature }) => signature),
        deliveries.map(({ contentType }) => contentType),
        deliveries.map(({ actions }) => JSON.stringify(actions)),
        deliveries.map(({ receivedAt }) => receivedAt),
        this.#options.maxChannelBytes,
        this.#options.duplicateMs,
      ],
    );
    const holders = new Map<string, string | null>();
    deliveries.forEach(({ channel, actions }, index) => {
      const row = rows[index];
      if (row?.result === 'stored' && actions.length > 0) holders.set(channel, row.holder);
    });
    this.#tell(
      [...holders].map(([channel, holder]) => ({ channel, holder })),
      'deliveries',
    );
    return rows.map(({ result }) => result);
  }

  async latest(channel: string, action: string | null, limit: number) {
    // The text of a JSON string occurs in that of the array, if it is one of its elements.
    const rows = await this.#query<DeliveryRow>(
      'latest',
      `SELECT ${DELIVERY} FROM (SELECT d.* FROM channels c JOIN deliveries d ON d.channel_id = c.id
         WHERE c.channel = $1 AND d.body IS NOT NULL ORDER BY d.seq DESC LIMIT ${LATEST_OF}) d
       WHERE $2::text IS NULL OR strpos(d.actions, $2::text) > 0 ORDER BY d.seq DESC LIMIT $3`,
      [channel, action === null ? null : JSON.stringify(action), limit],
    );
    // It may also occur at the seam of two.
    return rows.map(toDelivery).filter(({ actions }) => action === null || actions.includes(action));
  }

  async deliveriesAfter(channel: string, seq: number, limit: number) {
    const rows = await this.#query<DeliveryRow>(
      'deliveries-after',
      `SELECT ${DELIVERY} FROM (
         SELECT d.*, sum(octet_length(d.body)) OVER (ORDER BY d.seq) - octet_length(d.body) AS bytes_before FROM (
           SELECT d.* FROM deliveries d WHERE d.channel_id = (SELECT id FROM channels WHERE channel = $1)
             AND d.seq > $2 AND d.body IS NOT NULL ORDER BY d.seq LIMIT $3) d) d
       WHERE d.bytes_before < ${MAX_BATCH_BYTES} ORDER BY d.seq`,
      [channel, seq, limit],
    );
    return rows.map(toDelivery);
  }

  async subscribe(
    channel: string,
    { targetUrl, filter }: { targetUrl: string; filter: ActionFilter },
    maxSubscriptions: number,
    now: number,
  ): Promise<Subscription | 'full'> {
    const [row] = await this.#query<{ id: string | null }>(
      'subscribe',
      'SELECT relay_subscribe($1, $2, $3, $4, $5) AS id',
      [channel, targetUrl, filterText(filter), maxSubscriptions, now],
    );
    if (!row?.id) return 'full';
    await this.#tellHolder(channel);
    const subscription = await this.subscription(channel, row.id);
    if (!subscription) throw new Error('A subscription that was just written is not there.');
    return subscription;
  }

  async #tellHolder(channel: string): Promise<void> {
    const rows = await this.#query<HeldRow>(
      'holder',
      'SELECT channel, leased_by AS holder FROM channels WHERE channel = $1',
      [channel],
    );
    this.#tell(rows, 'subscriptions');
  }

  async subscription(channel: string, id: string) {
    if (!UUID.test(id)) return null;
    const [row] = await this.#query<SubscriptionRow>(
      'subscription',
      `${SUBSCRIPTIONS} WHERE c.channel = $1 AND s.id = $2`,
      [channel, id],
    );
    return row ? toSubscription(row) : null;
  }

  async subscriptions(channel: string) {
    const rows = await this.#query<SubscriptionRow>(
      'subscriptions',
      `${SUBSCRIPTIONS} WHERE c.channel = $1 ORDER BY s.created_at, s.id`,
      [channel],
    );
    return rows.map(toSubscription);
  }

  async unsubscribe(channel: string, id: string) {
    if (!UUID.test(id)) return false;
    const rows = await this.#query<HeldRow>(
      'unsubscribe',
      `WITH held AS (SELECT id FROM channels WHERE channel = $1 FOR NO KEY UPDATE),
         gone AS (DELETE FROM subscriptions s USING held
         WHERE s.channel_id = held.id AND s.id = $2 RETURNING held.id)
       UPDATE channels c SET revision = revision + 1 FROM gone WHERE c.id = gone.id
       RETURNING c.channel, c.leased_by AS holder`,
      [channel, id],
      this.#slow,
    );
    this.#tell(rows, 'subscriptions');
    return rows.length > 0;
  }

  async lease({ holder, limit, milliseconds, now }: LeaseRequest) {
    const leased = await this.#query<{
      id: string;
      channel: string;
      last_seq: number;
      revision: number;
      paced_at: number;
    }>(
      'lease',
      `WITH due AS (SELECT id FROM channels WHERE due_at <= relay_now() ORDER BY due_at LIMIT $2
         FOR NO KEY UPDATE SKIP LOCKED)
       UPDATE channels c SET lease_id = gen_random_uuid(), leased_by = $1, due_at = relay_now() + $3 FROM due
       WHERE c.id = due.id RETURNING c.lease_id AS id, c.channel, c.last_seq, c.revision, c.paced_at`,
      [holder, limit, milliseconds],
    );
    // Read once they are leased: what a former holder or anybody else wrote before that is seen.
    const subscriptions = new Map<string, Subscription[]>(leased.map(({ channel }) => [channel, []]));
    if (leased.length > 0) {
      const rows = await this.#query<SubscriptionRow>('leased', `${SUBSCRIPTIONS} WHERE c.channel = ANY ($1)`, [
        leased.map(({ channel }) => channel),
      ]);
      for (const row of rows) subscriptions.get(row.channel)?.push(toSubscription(row));
    }
    const [next] = await this.#query<{ wait: number | null }>(
      'next-due',
      'SELECT min(due_at) - relay_now() AS wait FROM channels WHERE due_at IS NOT NULL',
      [],
      this.#relaxed,
    );
    const leases = leased.map(({ id, channel, last_seq, revision, paced_at }): Lease => ({
      leaseId: id,
      channel,
      lastSeq: last_seq,
      revision,
      pacedAt: paced_at,
      subscriptions: subscriptions.get(channel) ?? [],
    }));
    return { leases, lookAgainAt: now + Math.min(MAX_LOOK_MS, next?.wait ?? MAX_LOOK_MS) };
  }

  async renew(leaseIds: readonly string[], milliseconds: number) {
    return this.#query<ChannelPosition & pg.QueryResultRow>(
      'renew',
      `WITH held AS (SELECT id FROM channels WHERE lease_id = ANY ($1) ORDER BY channel FOR NO KEY UPDATE)
       UPDATE channels c SET due_at = relay_now() + $2 FROM held WHERE c.id = held.id
       RETURNING c.lease_id AS "leaseId", c.last_seq AS "lastSeq", c.revision`,
      [leaseIds, milliseconds],
      this.#relaxed,
    );
  }

  async release(releases: readonly Release[]) {
    await this.#query(
      'release',
      `WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
           AS g(lease_id, last_seq, revision, paced_at, due_at)),
         held AS (SELECT id, lease_id FROM channels WHERE lease_id = ANY ($1) ORDER BY channel FOR NO KEY UPDATE)
       UPDATE channels c SET lease_id = NULL, leased_by = NULL, paced_at = g.paced_at,
         due_at = CASE WHEN c.last_seq > g.last_seq OR c.revision <> g.revision THEN relay_now()
           WHEN g.due_at < relay_now() THEN relay_now() ELSE g.due_at END
       FROM held JOIN given g USING (lease_id) WHERE c.id = held.id`,
      [
        releases.map(({ leaseId }) => leaseId),
        releases.map(({ lastSeq }) => lastSeq),
        releases.map(({ revision }) => revision),
        releases.map(({ pacedAt }) => Math.round(pacedAt)),
        releases.map(({ dueAt }) => (dueAt === null ? null : Math.round(dueAt))),
      ],
      this.#relaxed,
    );
  }

  async progress(progress: readonly Progress[]) {
    await this.#query(
      'progress',
      `UPDATE subscriptions s SET cursor = greatest(s.cursor, g.cursor), failures = g.failures,
         next_attempt_at = g.next_attempt_at, last_success_at = coalesce(g.last_success_at, s.last_success_at),
         paced_at = g.paced_at
       FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[])
           AS g(lease_id, id, cursor, failures, next_attempt_at, last_success_at, paced_at)
         JOIN channels c ON c.lease_id = g.lease_id
       WHERE s.id = g.id AND s.channel_id = c.id`,
      [
        progress.map(({ leaseId }) => leaseId),
        progress.map(({ subscriptionId }) => subscriptionId),
        progress.map(({ cursor }) => cursor),
        progress.map(({ failures }) => failures),
        progress.map(({ nextAttemptAt }) => Math.round(nextAttemptAt)),
        progress.map(({ lastSuccessAt }) => lastSuccessAt),
        progress.map(({ pacedAt }) => Math.round(pacedAt)),
      ],
      this.#relaxed,
    );
  }

  async bury(deadLetters: readonly DeadLetter[], progress: Progress) {
    const [row] = await this.#query<{ id: number }>(
      'bury',
      `WITH held AS (SELECT id FROM channels WHERE lease_id = $1 FOR NO KEY UPDATE),
         buried AS (INSERT INTO dead_letters (subscription_id, channel_id, seq, reason, dead_at)
           SELECT s.id, held.id, g.seq, g.reason, g.dead_at
           FROM held JOIN subscriptions s ON s.channel_id = held.id
             JOIN unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[]) AS g(id, seq, reason, dead_at)
               ON g.id = s.id
           ON CONFLICT DO NOTHING),
         moved AS (UPDATE subscriptions s SET cursor = greatest(s.cursor, $6), failures = $7, next_attempt_at = $8
           FROM held WHERE s.channel_id = held.id AND s.id = $9)
       SELECT id FROM held`,
      [
        progress.leaseId,
        deadLetters.map(({ subscriptionId }) => subscriptionId),
        deadLetters.map(({ seq }) => seq),
        deadLetters.map(({ reason }) => reason),
        deadLetters.map(({ deadAt }) => deadAt),
        progress.cursor,
        progress.failures,
        Math.round(progress.nextAttemptAt),
        progress.subscriptionId,
      ],
    );
    return row !== undefined;
  }

  async redrive(channel: string, subscriptionId: string) {
    if (!UUID.test(subscriptionId)) return 0;
    const rows = await this.#query<HeldRow & { count: number }>(
      'redrive',
      `WITH marked AS (UPDATE dead_letters l SET is_redriven = true FROM subscriptions s, channels c
         WHERE c.channel = $1 AND s.channel_id = c.id AND s.id = $2 AND l.subscription_id = s.id
         RETURNING l.channel_id)
       UPDATE channels c SET revision = revision + 1, due_at = CASE WHEN lease_id IS NULL THEN relay_now() ELSE due_at END
       FROM (SELECT channel_id, count(*) AS count FROM marked GROUP BY 1) m WHERE c.id = m.channel_id
       RETURNING c.channel, c.leased_by AS holder, m.count`,
      [channel, subscriptionId],
      this.#slow,
    );
    this.#tell(rows, 'subscriptions');
    return rows[0]?.count ?? 0;
  }

  async redriven(subscriptionId: string, limit: number) {
    const rows = await this.#query<DeliveryRow>(
      'redriven',
      `SELECT ${DELIVERY} FROM dead_letters l JOIN deliveries d ON d.channel_id = l.channel_id AND d.seq = l.seq
       WHERE l.subscription_id = $1 AND l.is_redriven AND d.body IS NOT NULL ORDER BY d.seq LIMIT $2`,
      [subscriptionId, limit],
    );
    return rows.map(toDelivery);
  }

  async settleRedriven(leaseId: string, subscriptionId: string, seq: number, isDelivered: boolean) {
    await (isDelivered
      ? this.#query('redriven-well', 'DELETE FROM dead_letters WHERE subscription_id = $1 AND seq = $2', [
          subscriptionId,
          seq,
        ])
      : this.#query(
          'redriven-in-vain',
          `UPDATE dead_letters l SET is_redriven = false FROM channels c
           WHERE l.subscription_id = $1 AND l.seq = $2 AND c.id = l.channel_id AND c.lease_id = $3`,
          [subscriptionId, seq, leaseId],
        ));
  }

  async retain({ bodyMs, duplicateMs, deadLetterMs }: RetentionLimits, now: number) {
    const bodies = Math.round(bodyMs);
    await this.#query('bury-for-good', 'DELETE FROM dead_letters WHERE dead_at < $1', [now - deadLetterMs], this.#slow);
    await this.#query('note-passages', NOTE_PASSAGES, [now], this.#slow);
    const [row] = await this.#query<{ count: number }>(
      'forget',
      'SELECT relay_forget($1, $2, $3, $4, $5) AS count',
      [bodies, duplicateMs, RETAIN_BATCH, FORGET_CHANNELS, now],
      this.#slow,
    );
    const count = row?.count ?? 0;
    if (count < RETAIN_BATCH) await this.#tidyUp(bodies, now);
    return count;
  }

  /** Deletes what says of deliveries that are gone what is said of others still. */
  async #tidyUp(bodyMs: number, now: number): Promise<void> {
    await this.#query('tidy-hours', TIDY_HOURS, [Math.floor(now / HOUR_MS) - 24], this.#slow);
    await this.#query('tidy-passages', TIDY_PASSAGES, [now - bodyMs], this.#slow);
    for (const table of ['hours', 'passages']) {
      const text = `DELETE FROM ${table} t USING forgotten f WHERE t.channel_id = f.channel_id`;
      await this.#query(`forget-${table}`, text, [], this.#slow);
    }
    await this.#query(
      'forgotten',
      'DELETE FROM forgotten f WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = f.channel_id)',
      [],
      this.#slow,
    );
  }

  async totals() {
    const [row] = await this.#query<Totals & pg.QueryResultRow>(
      'totals',
      `SELECT (SELECT count(*) FROM channels) AS channels, (SELECT count(*) FROM subscriptions) AS subscriptions,
         (SELECT coalesce(sum(deliveries), 0)::bigint FROM channels) AS deliveries,
         (SELECT count(*) FROM dead_letters) AS "deadLetters",
         (SELECT coalesce(sum(stored_bytes), 0)::bigint FROM channels) AS "storedBytes",
         (SELECT count(*) FROM channels WHERE due_at < relay_now() - 1000) AS "overdueChannels"`,
    );
    if (!row) throw new Error('The database gave no answer.');
    return row;
  }

  async ping() {
    await this.#durable.query('SELECT 1');
  }

  async close() {
    this.#isClosed = true;
    await Promise.all([this.#durable.end(), this.#relaxed.end(), this.#slow.end(), this.#listener?.end()]);
  }
}
