import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

const INTERVAL_MS = 20;

/**
 * Polls the cursors of all subscriptions in a PostgreSQL database.
 *
 * @returns a function that stops polling and returns the number of times that a cursor moved back
 */
export function watchCursors(databaseUrl: string): () => Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const stopping = new AbortController();
  async function watch(): Promise<number> {
    const highest = new Map<string, number>();
    let regressions = 0;
    while (!stopping.signal.aborted) {
      const { rows } = await pool.query<{ id: string; cursor: string }>('SELECT id, cursor FROM subscriptions');
      for (const { id, cursor } of rows) {
        if (Number(cursor) < (highest.get(id) ?? 0)) regressions++;
        highest.set(id, Number(cursor));
      }
      await sleep(INTERVAL_MS);
    }
    await pool.end();
    return regressions;
  }
  const watching = watch();
  return () => {
    stopping.abort();
    return watching;
  };
}
