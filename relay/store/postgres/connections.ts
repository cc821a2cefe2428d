import pg from 'pg';

import { Turns } from './turns.ts';

/**
 * Connections of a process by pool: 8 for durable writes and reads, 3 for leases and progress, and 2 for slow
 * statements.
 */
const SIZES = { durable: 8, relaxed: 3, slow: 2 };
/** Milliseconds after which a statement without a response is repeated on another connection. */
export const QUERY_MS = 3_000;
export const CONNECT_MS = 2_000;
const SLOW_QUERY_MS = 10 * 60_000;
/** Milliseconds for which a statement is retried. This is less than the 6.5 s after which ingest gives up. */
const PATIENCE_MS = 6_000;
const RETRY_MS = 100;
/**
 * Milliseconds for which a statement waits for a lock. The wait is longer than the relay itself ever keeps a row
 * locked, and it is short because a waiting statement occupies a connection.
 */
const LOCK_MS = 50;
/** Numbers of connections that may be used by statements that wait for a lock again after a lock timeout. */
const LOCK_RETRIES = { durable: 2, relaxed: 1, slow: 1 };
/** SQLSTATE of a lock timeout. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * SQLSTATE classes and codes of transient errors: connection, server state, resources and locks, and a standby server
 * that is about to be promoted (25006).
 */
const TRANSIENT = /^(08|53|57|58|40|55|25006)/;

/** Parses bigint as a number: sequence numbers and times are below 2^53. */
export const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** The pool that a statement runs on. */
export type PoolName = keyof typeof SIZES;

/** The statement that makes commits durable even if the server's default is not to wait for the disk. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'`;
const RELAXED = 'SET synchronous_commit = off';

/** Returns true if a retry may succeed, because the connection or the server failed rather than the statement. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return TRANSIENT.test(error.code ?? '');
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;

/** Adds a code to the driver's own errors, such as timeouts, because logs show an error's code and not its message. */
function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error;
  return Object.assign(new Error('The database does not respond.', { cause: error }), { code: 'NO_ANSWER' });
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The connections of a PostgreSQL store, in pools by durability and duration of their statements. */
export class Connections {
  readonly url: string;
  readonly #pools: Readonly<Record<PoolName, pg.Pool>>;
  readonly #lockRetries = {
    durable: new Turns(LOCK_RETRIES.durable),
    relaxed: new Turns(LOCK_RETRIES.relaxed),
    slow: new Turns(LOCK_RETRIES.slow),
  } satisfies Record<PoolName, Turns>;
  #isClosed = false;

  constructor(url: string) {
    this.url = url;
    this.#pools = {
      durable: this.#pool(SIZES.durable, QUERY_MS, DURABLE),
      relaxed: this.#pool(SIZES.relaxed, QUERY_MS, RELAXED),
      slow: this.#pool(SIZES.slow, SLOW_QUERY_MS, DURABLE),
    };
  }

  #pool(max: number, queryMs: number, setUp: string): pg.Pool {
    const config = {
      connectionString: this.url,
      application_name: 'tutorcruncher-zapier-relay',
      max,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: queryMs,
      query_timeout: queryMs,
      keepAlive: true,
      types,
      // The pool awaits this function before it hands out the connection, although its types do not declare a promise.
      onConnect: async (client: pg.ClientBase) => {
        client.on('error', () => undefined);
        // The option is set within the session, because connection poolers reject it as a start-up parameter.
        await client.query(`${setUp}; SET lock_timeout = ${LOCK_MS}`);
      },
    };
    const pool = new pg.Pool(config);
    // The pool replaces broken connections. If it cannot, the next statement fails.
    pool.on('error', () => undefined);
    return pool;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs an idempotent statement, and retries it while the connection fails or another session has locked a row.
   *
   * @param name - unique name of the prepared statement
   * @throws if the statement fails, or if transient errors last for {@link PATIENCE_MS}
   */
  async query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
    pool: PoolName = 'durable',
  ): Promise<Row[]> {
    return this.#retry(() => this.#run<Row>(name, text, values, pool), pool);
  }

  /**
   * Runs an idempotent statement like {@link Connections.query}, but only once if another session has locked a row.
   *
   * @returns null if the statement timed out while waiting for a locked row, and so had no effect
   */
  async tryQuery<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
    pool: PoolName,
  ): Promise<Row[] | null> {
    const once = () =>
      this.#run<Row>(name, text, values, pool).catch((error: unknown) => {
        if (isLockTimeout(error)) return null;
        throw error;
      });
    return this.#retry(once, pool);
  }

  async #run<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
    pool: PoolName,
  ): Promise<Row[]> {
    return (await this.#pools[pool].query<Row>({ name, text, values })).rows;
  }

  async #retry<Result>(run: () => Promise<Result>, pool: PoolName): Promise<Result> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    let isLocked = false;
    for (;;) {
      try {
        // Limit the connections of statements that repeatedly wait for locked rows, so that other statements find a
        // connection.
        return await (isLocked ? this.#lockRetries[pool].run(run) : run());
      } catch (error) {
        if (!isTransient(error) || this.#isClosed || Date.now() + RETRY_MS > giveUpAt) throw withCode(error);
        isLocked = isLockTimeout(error);
        await pause(RETRY_MS);
      }
    }
  }

  /**
   * Returns the time on the server's clock, in milliseconds since 1970.
   *
   * @throws if the database does not respond
   */
  async now(): Promise<number> {
    const [row] = await this.query<{ now: number }>('now', 'SELECT relay_now() AS now', [], 'relaxed');
    if (!row) throw new Error('The database returned no time.');
    return row.now;
  }

  /** Performs a trivial write, without retries. @throws if the database does not respond or accepts no writes */
  async ping(): Promise<void> {
    // A transaction with an id writes to the database's log when it commits, and does not wait for locks.
    await this.#pools.durable.query('SELECT pg_current_xact_id()');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
  }
}
