/** Notifications between processes with LISTEN and NOTIFY. */

import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { OnChange } from '../database.ts';
import { CONNECT_MS, pause, QUERY_MS } from './connection.ts';

const RECONNECT_MS = 500;
/** Interval for checking that the connection still responds. */
const CHECK_MS = 10_000;

/** The connection that a process uses to listen for changes. */
export class Listener {
  /** Name of the notification channel. Channels of the database are shared by all schemas. */
  readonly name = 'tutorcruncher_relay';
  readonly #url: string;
  /** Identifies the notifications of this process, whose listener is called directly. */
  readonly #sender = randomUUID();
  #onChange: OnChange = () => undefined;
  #client: pg.Client | null = null;
  #isClosed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns the payload that notifies other processes of a change in a channel. */
  payloadOf(channel: string, what: Parameters<OnChange>[1]): string {
    return `${this.#sender} ${what} ${channel}`;
  }

  /** Calls the listener of this process. */
  changed(channels: readonly string[], what: Parameters<OnChange>[1]): void {
    for (const channel of channels) this.#onChange(channel, what);
  }

  /** Starts to listen. If the connection fails, it is re-established in the background. */
  async listen(onChange: OnChange): Promise<void> {
    this.#onChange = onChange;
    await this.#connect().catch(() => {
      this.#reconnect();
    });
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'tutorcruncher-zapier-relay listener',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
    });
    this.#client = client;
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => {
      const [sender, what, channel] = payload.split(' ');
      if (sender === this.#sender || channel === undefined) return;
      if (what === 'deliveries' || what === 'subscriptions') this.#onChange(channel, what);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${this.name}`);
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
      this.#reconnect();
    });
  }

  #reconnect(): void {
    if (this.#isClosed) return;
    const connectLater = async () => {
      await pause(RECONNECT_MS);
      if (!this.#isClosed) await this.#connect();
    };
    connectLater().catch(() => {
      this.#reconnect();
    });
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.end();
  }
}
