import pg from 'pg';

import { nameOf } from '../../log.ts';

/** Returns the reason for an error without the URL. The server's message may name a database, a role or a privilege. */
export const reasonOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? `${error.message}.` : `no connection (${nameOf(error)}).`;
