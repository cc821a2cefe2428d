/** The driver for PostgreSQL, its connection settings, and the classification of errors. */

import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { nameOf } from '../../log.ts';
import {
  sql,
  type Database,
  type ReadDatabase,
  type Sql,
  type Together,
  type Transaction,
} from '../database/database.ts';
import { propertyOf } from '../database/tables.ts';
import { dumpSchema } from './backup.ts';
import { NOW, statementOf, togetherOf } from './changes.ts';

/**
 * Milliseconds after which the server cancels a statement. A canceled statement is not repeated, because it would take
 * too long again.
 */
const STATEMENT_MS = 3_000;
/** Milliseconds after which a statement without a response is repeated on another connection. */
const QUERY_MS = 3_500;
/** Milliseconds after which an attempt to connect fails. */
export const CONNECT_MS = 2_000;

/** SQLSTATEs of transient errors: connection, server state, resources, locks, and a standby server (25006). */
const TRANSIENT = /^(08|53|57|58|40|55|25006)/;

/** Parses bigint as a number: sequence numbers and times are below 2^53. */
export const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Returns true if a retry can succeed, because the connection or the server failed rather than the statement. */
export const isTransient = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || TRANSIENT.test(error.code ?? '');

/** SQLSTATE of a canceled statement, for example after its time limit. */
const ENDED = '57014';

const isRepeatable = (error: unknown): boolean =>
  isTransient(error) && !(error instanceof pg.DatabaseError && error.code === ENDED);

/** Adds a code to the driver's own errors, such as timeouts, because logs show an error's code but not its message. */
function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error;
  return Object.assign(new Error('The database does not respond.', { cause: error }), { code: 'NO_ANSWER' });
}

/**
 * Returns the reason for an error, without the URL. The server's message can name a database, a role or a privilege.
 */
export const reasonOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? `${error.message}.` : `no connection (${nameOf(error)}).`;

const MAX_CONNECTIONS = 10;
/**
 * Maximum number of connections for slow reads, such as searches in the console. A slow read must not occupy the
 * connections that webhooks need.
 */
const MAX_READ_CONNECTIONS = 2;
/** Milliseconds for which a failed transaction is retried. Ingest gives up later, after 6.5 s. */
const PATIENCE_MS = 6_000;
const RETRY_MS = 100;
/**
 * Maximum wait for a lock, in milliseconds. With 1 s, transactions that wait for a row that another session has locked
 * can use up all connections.
 */
const LOCK_MS = 500;

/** Makes commits durable even if the server's default is asynchronous commit. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'`;
/** Begins the transaction of {@link ReadDatabase.snapshot}. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/**
 * Settings that make all frequent statements use an index. Otherwise, cached plans would continue to scan tables that
 * were empty when the plans were made.
 */
const PLANNER = 'SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off';

function rowOf(row: object): object {
  const named: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) named[propertyOf(column)] = value;
  return named;
}

/** A PostgreSQL database. */
export interface PostgresDatabase extends Database {
  /** Read access to the same database, through separate connections. */
  readonly beside: ReadDatabase;
}

/**
 * Returns a database that has all migrations, with one pool of connections for transactions and another pool for slow
 * reads. The function is long because it contains many short functions that share the pools.
 */
export function postgresDatabase(url: string): PostgresDatabase {
  const config = {
    connectionString: url,
    application_name: 'tutorcruncher-zapier-relay',
    types,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
    // The pool awaits this function before handing out the connection, although its types do not declare a promise.
    onConnect: async (client: pg.ClientBase) => {
      client.on('error', () => undefined);
      // The option is set within the session, because connection poolers reject it as a start-up parameter.
      await client.query(`${DURABLE}; ${PLANNER}; SET lock_timeout = ${LOCK_MS}`);
    },
  };
  const pool = new pg.Pool({ ...config, max: MAX_CONNECTIONS });
  const readPool = new pg.Pool({ ...config, max: MAX_READ_CONNECTIONS });
  // A pool replaces broken connections. If no replacement is possible, the next statement fails.
  for (const each of [pool, readPool]) each.on('error', () => undefined);
  const names = new Map<string, string>();
  let isClosed = false;

  function query<Row extends object = object>(client: pg.Pool | pg.ClientBase, { text, values }: Sql) {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return client.query<Row>({ name, text, values });
  }

  const stepsOf = (client: pg.ClientBase): Transaction => ({
    all: async <Row extends object>(statement: Sql) => (await query(client, statement)).rows.map(rowOf) as Row[],
    run: async (statement) => (await query(client, statement)).rowCount ?? 0,
    write: async (changes) => {
      const statement = statementOf(changes);
      if (statement) await query(client, statement);
    },
    lock: async (name) => {
      await query(client, sql`SELECT pg_advisory_xact_lock(hashtext(${`relay_${name}`}), hashtext(current_schema()))`);
    },
    readTogether: async (queries, seqCount) => {
      const [row] = (await query<Together>(client, togetherOf(queries, seqCount))).rows;
      if (!row) throw new Error('The database returned no row.');
      return { ...row, rows: row.rows.map((each) => each.map(rowOf)) };
    },
  });

  async function transact<T>(
    connections: pg.Pool,
    begin: string,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const client = await connections.connect();
    let failure: Error | undefined;
    try {
      await client.query(begin);
      const result = await work(stepsOf(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((reason: unknown) => {
        failure = reason instanceof Error ? reason : new Error(String(reason));
      });
      throw error;
    } finally {
      // A connection whose state is unknown is closed.
      client.release(failure);
    }
  }

  async function repeat<T>(run: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!isRepeatable(error) || isClosed || performance.now() + RETRY_MS > giveUpAt) throw withCode(error);
        await pause(RETRY_MS * Math.random());
      }
    }
  }

  /** Returns read access through the connections of a pool. */
  function readsOn(connections: pg.Pool): ReadDatabase {
    const all = <Row extends object>(statement: Sql) =>
      repeat(async () => (await query(connections, statement)).rows.map(rowOf) as Row[]);
    return {
      all,
      snapshot: (work) => repeat(() => transact(connections, SNAPSHOT, work)),
      now: async () => {
        const [row] = await all<{ now: number }>(sql`SELECT ${NOW}`);
        if (!row) throw new Error('The database returned no time.');
        return row.now;
      },
    };
  }

  const reads = readsOn(pool);

  return {
    ...reads,
    isShared: true,
    beside: readsOn(readPool),
    onChange: () => undefined,
    transaction: (work, { isDurable = true, isRepeated = true } = {}) => {
      const writing = isDurable ? 'BEGIN' : 'BEGIN; SET LOCAL synchronous_commit = off';
      const run = () => transact(pool, writing, work);
      return isRepeated ? repeat(run) : run();
    },
    ping: async () => {
      // A transaction with an id writes to the database's log when it commits, and does not wait for locks.
      await pool.query('SELECT pg_current_xact_id()');
    },
    backup: async (file) => {
      const [row] = await reads.all<{ schema: string }>(sql`SELECT current_schema() AS schema`);
      await dumpSchema(url, row?.schema ?? 'public', file);
    },
    close: async () => {
      isClosed = true;
      await Promise.all([pool.end(), readPool.end()]);
    },
  };
}
