import type { ProcessStore } from '../process-store.ts';
import type { Connections } from './connections.ts';

/** Creates the part of a PostgreSQL store through which processes learn about each other. */
export const createProcesses = (connections: Connections): ProcessStore => ({
  announce: ({ holder, load, milliseconds }) =>
    connections.query<{ holder: string; load: number }>(
      'announce',
      `WITH expired AS (DELETE FROM dispatchers WHERE announced_until <= relay_now() AND holder <> $1),
         announced AS (INSERT INTO dispatchers (holder, load, announced_until) VALUES ($1, $2, relay_now() + $3)
           ON CONFLICT (holder) DO UPDATE SET load = excluded.load, announced_until = excluded.announced_until)
       SELECT holder, load FROM dispatchers WHERE announced_until > relay_now() AND holder <> $1`,
      [holder, load, milliseconds],
      'relaxed',
    ),
});
