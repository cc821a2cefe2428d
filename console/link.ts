/**
 * The link that opened the page: its secret, and its data keys, which open events in the browser. The secret arrives in
 * the URL's fragment, which browsers do not send to servers, and is kept only for this tab.
 */

import type { ConsoleLinkResponse } from '../wire/console-api.ts';
import { unwrapLinkKey } from '../wire/console-link.ts';

const STORAGE_KEY = 'console-link';

export interface SecretPlaces {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { readonly replaceState: (data: null, unused: string, url: string) => void };
  readonly sessionStorage: {
    readonly getItem: (key: string) => string | null;
    readonly setItem: (key: string, value: string) => void;
  };
}

/**
 * Returns the secret in the address, or else the one kept for this tab; null if there is neither. Removes the secret from
 * the address, so that neither the address bar nor the history shows it, and keeps it for this tab.
 */
export function takeSecret({ location, history, sessionStorage }: SecretPlaces): string | null {
  const inAddress = location.hash.slice(1);
  if (inAddress === '') return sessionStorage.getItem(STORAGE_KEY);
  history.replaceState(null, '', location.pathname + location.search);
  sessionStorage.setItem(STORAGE_KEY, inAddress);
  return inAddress;
}

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
    const dataKey = this.#dataKeys.get(keyId) ?? this.#unwrap(keyId);
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
