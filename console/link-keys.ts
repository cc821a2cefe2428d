/** The data keys of a link, which open events in the browser. */

import type { ConsoleLinkResponse } from '../wire/console-api.ts';
import { unwrapLinkKey } from '../wire/console-link.ts';

/** A data key (32 bytes), or the reason why there is none. */
export type DataKey = Uint8Array | 'newer-key' | 'damaged';

/** Unwraps each data key of a link when the key is first needed. */
export class LinkKeys {
  readonly #wrappingKey: Uint8Array;
  readonly #channel: string;
  readonly #wrapped: ReadonlyMap<string, string>;
  readonly #dataKeys = new Map<string, Promise<DataKey>>();

  constructor(wrappingKey: Uint8Array, { channel, keys }: ConsoleLinkResponse) {
    this.#wrappingKey = wrappingKey;
    this.#channel = channel;
    this.#wrapped = new Map(keys.map(({ key_id, wrapped_key }) => [key_id, wrapped_key]));
  }

  /** Returns a data key: `newer-key` if the key did not exist when the link was created. */
  dataKey(keyId: string): Promise<DataKey> {
    const known = this.#dataKeys.get(keyId);
    if (known) return known;
    const dataKey = this.#unwrap(keyId);
    this.#dataKeys.set(keyId, dataKey);
    return dataKey;
  }

  async #unwrap(keyId: string): Promise<DataKey> {
    const wrapped = this.#wrapped.get(keyId);
    if (wrapped === undefined) return 'newer-key';
    try {
      return await unwrapLinkKey(this.#wrappingKey, wrapped, { channel: this.#channel, keyId });
    } catch {
      return 'damaged';
    }
  }
}
