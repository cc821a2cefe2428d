/** The driver for PostgreSQL. */

import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import {
  type Database,
  type OnChange,
  propertyOf,
  type Transaction,
  type TransactionOptions,
  type Value,
} from '../database.ts';
import { dumpSchema } from './backup.ts';
import { NOW, statementOf, togetherOf, type ColumnTypes, type TogetherRow } from './changes.ts';
import { CONNECT_MS, isTransient, QUERY_MS, types, withCode } from './connection.ts';

/** Maximum number of connections of a process. */
const MAX_CONNECTIONS = 10;
/** Milliseconds for which a transaction is repeated. This is less than the 6.5 s after which ingest gives up. */
const PATIENCE_MS = 6_000;
const RETRY_MS = 100;
/**
 * Milliseconds for which a statement waits for a lock, and for a second one if others wait for the same row. The relay itself
 * keeps a row locked for a few milliseconds. With 1 s, a row that another session has locked can use up all connections.
 */
const LOCK_MS = 500;

/** The statement that makes commits durable even if the server's default is not to wait for the disk. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'`;
/**
 * Planner settings. A connection keeps the plans of its statements, and would keep scanning whole tables that were empty
 * when it made the plan. All frequent statements find rows by an index.
 */
const PLANNER = 'SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off';

/** Returns a row with the names of its columns in camel case. */
function rowOf(row: object): object {
  const named: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) named[propertyOf(column)] = value;
  return named;
}

/** A pool of connections to a PostgreSQL database. */
export class PostgresDatabase implements Database {
  onChange: OnChange = () => undefined;
  readonly #url: string;
  readonly #columns: ColumnTypes;
  readonly #pool: pg.Pool;
  /** The names of prepared statements. */
  readonly #names = new Map<string, string>();
  #isClosed = false;

  /**
   * @param url - connection URL of a database with all migrations
   * @param columns - the types of the columns of its tables
   */
  constructor(url: string, columns: ColumnTypes) {
    this.#url = url;
    this.#columns = columns;
    const config = {
      connectionString: url,
      application_name: 'tutorcruncher-zapier-relay',
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: QUERY_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
      types,
      // The pool awaits this function before it hands out the connection, although its types do not declare a promise.
      onConnect: async (client: pg.ClientBase) => {
        client.on('error', () => undefined);
        // The option is set within the session, because connection poolers reject it as a start-up parameter.
        await client.query(`${DURABLE}; ${PLANNER}; SET lock_timeout = ${LOCK_MS}`);
      },
    };
    this.#pool = new pg.Pool(config);
    // The pool replaces broken connections. If it cannot, the next statement fails.
    this.#pool.on('error', () => undefined);
  }

  #nameOf(text: string): string {
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  #query<Row extends pg.QueryResultRow = object>(
    client: pg.Pool | pg.ClientBase,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    return client.query<Row>({ name: this.#nameOf(text), text, values: [...values] });
  }

  readonly all = <Row extends object>(text: string, values: readonly Value[] = []): Promise<Row[]> =>
    this.#repeat(async () => (await this.#query(this.#pool, text, values)).rows.map(rowOf) as Row[]);

  readonly transaction = <T>(
    work: (transaction: Transaction) => Promise<T>,
    { isDurable = true, isRepeated = true }: TransactionOptions = {},
  ): Promise<T> => {
    const run = () => this.#transact(isDurable ? 'BEGIN' : 'BEGIN; SET LOCAL synchronous_commit = off', work);
    return isRepeated ? this.#repeat(run) : run();
  };

  async #transact<T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    try {
      await client.query(begin);
      const result = await work({
        all: async <Row extends object>(text: string, values: readonly Value[] = []) =>
          (await this.#query(client, text, values)).rows.map(rowOf) as Row[],
        run: async (text, values) => (await this.#query(client, text, values)).rowCount ?? 0,
        write: async (changes) => {
          const statement = statementOf(changes, this.#columns);
          if (statement) await this.#query(client, statement.text, statement.values);
        },
        readTogether: async (queries, seqCount) => {
          const { text, values } = togetherOf(queries, seqCount);
          const [row] = (await this.#query<TogetherRow>(client, text, values)).rows;
          if (!row) throw new Error('The database returned no row.');
          const rows = queries.map((_query, index) => (row[`rows${index}`] ?? []).map(rowOf));
          return { rows, seqs: row.seqs, now: row.now };
        },
      });
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

  async #repeat<T>(run: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!isTransient(error) || this.#isClosed || performance.now() + RETRY_MS > giveUpAt) throw withCode(error);
        await pause(RETRY_MS * Math.random());
      }
    }
  }

  readonly now = async (): Promise<number> => {
    const [row] = await this.all<{ now: number }>(`SELECT ${NOW}`);
    if (!row) throw new Error('The database returned no time.');
    return row.now;
  };

  readonly ping = async (): Promise<void> => {
    // A transaction with an id writes to the database's log when it commits, and does not wait for locks.
    await this.#pool.query('SELECT pg_current_xact_id()');
  };

  readonly backup = async (file: string): Promise<void> => {
    const [row] = await this.all<{ schema: string }>('SELECT current_schema() AS schema');
    await dumpSchema(this.#url, row?.schema ?? 'public', file);
  };

  readonly close = async (): Promise<void> => {
    this.#isClosed = true;
    await this.#pool.end();
  };
}
