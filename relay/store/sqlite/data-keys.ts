import type { SealedContent } from '../delivery.ts';
import type { Connection } from './connection.ts';

/** The data keys that a transaction uses. */
export class DataKeys {
  readonly #connection: Connection;
  /** Ids of rows by channel and key id, so that each key is looked up once. */
  readonly #ids = new Map<string, number>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns the id of a data key's row, and inserts the row if the channel does not have the key. */
  idOf(channelId: number, { keyId, wrappedKey }: SealedContent): number {
    const name = `${channelId} ${keyId}`;
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const stored = this.#connection
      .sql('SELECT id FROM data_keys WHERE channel_id = ? AND key_id = ?')
      .pluck()
      .get(channelId, keyId) as number | undefined;
    const id =
      stored ??
      Number(
        this.#connection
          .sql('INSERT INTO data_keys (channel_id, key_id, wrapped) VALUES (?, ?, ?)')
          .run(channelId, keyId, wrappedKey).lastInsertRowid,
      );
    this.#ids.set(name, id);
    return id;
  }
}

/** Deletes data keys that no delivery needs. Returns their number. */
export const deleteUnusedKeys = (connection: Connection): number =>
  connection
    .sql('DELETE FROM data_keys AS k WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.data_key = k.id)')
    .run().changes;
