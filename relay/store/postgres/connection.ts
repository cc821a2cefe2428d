/** Settings of connections to PostgreSQL, and the classes of their errors. */

import pg from 'pg';

import { nameOf } from '../../log.ts';

/** Milliseconds after which a statement without a response is repeated on another connection. */
export const QUERY_MS = 3_000;
export const CONNECT_MS = 2_000;

/** SQLSTATEs of transient errors: connection, server state, resources, locks, and a standby server (25006). */
const TRANSIENT = /^(08|53|57|58|40|55|25006)/;

/** Parses bigint as a number: sequence numbers and times are below 2^53. */
export const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Returns true if a retry may succeed, because the connection or the server failed rather than the statement. */
export const isTransient = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || TRANSIENT.test(error.code ?? '');

/** Adds a code to the driver's own errors, such as timeouts, because logs show an error's code and not its message. */
export function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error;
  return Object.assign(new Error('The database does not respond.', { cause: error }), { code: 'NO_ANSWER' });
}

/** Returns the reason for an error without the URL. The server's message may name a database, a role or a privilege. */
export const reasonOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? `${error.message}.` : `no connection (${nameOf(error)}).`;
