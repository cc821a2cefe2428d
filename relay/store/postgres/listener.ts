/** Notifications between processes with LISTEN and NOTIFY. */

import pg from 'pg';

import type { OnChange } from '../store.ts';
import { CONNECT_MS, pause, QUERY_MS, type Connections } from './connections.ts';

const RECONNECT_MS = 500;
/** Interval for checking that the connection still responds. */
const CHECK_MS = 10_000;

/** A channel, and the dispatcher that leases it; null if the channel is not leased. */
export interface HeldRow {
  channel: string;
  holder: string | null;
}

const notificationChannelOf = (holder: string): string => `relay_${holder.replaceAll('-', '')}`;

/** The connection that a process uses to listen for changes, and the notifications that it sends to others. */
export class Listener {
  readonly #connections: Connections;
  #holder: string | null = null;
  #onChange: OnChange = () => undefined;
  #client: pg.Client | null = null;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Starts to listen for a holder. If the connection fails, it is re-established in the background. */
  async listen(holder: string, onChange: OnChange): Promise<void> {
    this.#holder = holder;
    this.#onChange = onChange;
    await this.#connect(holder).catch(() => {
      this.#reconnect(holder);
    });
  }

  /**
   * Notifies the holders of channels of a change. A holder in this process is called directly. The listener of this
   * process is also called for channels without a holder, so that its dispatcher can lease them.
   */
  notify(rows: readonly HeldRow[], what: Parameters<OnChange>[1]): void {
    const others = rows.filter(({ holder }) => holder !== null && holder !== this.#holder);
    for (const { channel, holder } of rows) {
      if (holder === null || holder === this.#holder) this.#onChange(channel, what);
    }
    if (others.length === 0) return;
    this.#connections
      .query(
        'notify',
        'SELECT pg_notify(listener, payload) FROM unnest($1::text[], $2::text[]) AS t(listener, payload)',
        [
          others.map(({ holder }) => notificationChannelOf(holder ?? '')),
          others.map(({ channel }) => `${what} ${channel}`),
        ],
        'relaxed',
      )
      .catch(() => {
        // If this fails, the holder sees the change when it next renews its lease.
      });
  }

  async #connect(holder: string): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#connections.url,
      application_name: 'tutorcruncher-zapier-relay listener',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
    });
    this.#client = client;
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => {
      const [what, channel] = payload.split(' ');
      if (channel && (what === 'deliveries' || what === 'subscriptions')) this.#onChange(channel, what);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${notificationChannelOf(holder)}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    // Without these checks, a broken connection could go unnoticed, because a listener sends nothing.
    const check = setInterval(() => {
      client.query('SELECT 1').catch(() => client.end());
    }, CHECK_MS);
    check.unref();
    client.once('end', () => {
      clearInterval(check);
      this.#reconnect(holder);
    });
  }

  #reconnect(holder: string): void {
    if (this.#connections.isClosed) return;
    const connectLater = async () => {
      await pause(RECONNECT_MS);
      if (!this.#connections.isClosed) await this.#connect(holder);
    };
    connectLater().catch(() => {
      this.#reconnect(holder);
    });
  }

  /** Ends the connection. The pools must be closed first, which stops attempts to reconnect. */
  async close(): Promise<void> {
    await this.#client?.end();
  }
}
