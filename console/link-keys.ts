/** The data keys of the link that opened the page. They open events in the browser. */

import type { ConsoleLinkResponse } from '../wire/console-api.ts';
import { unwrapLinkKey } from '../wire/console-link.ts';

/** Data keys (32 bytes) by their ids, without the keys that are newer than the link. */
export type LinkKeys = ReadonlyMap<string, Promise<Uint8Array | 'damaged'>>;

/** Unwraps the data keys of a link. */
export const unwrapLinkKeys = (wrappingKey: Uint8Array, { channel, keys }: ConsoleLinkResponse): LinkKeys =>
  new Map(
    keys.map(({ key_id: keyId, wrapped_key }) => [
      keyId,
      unwrapLinkKey(wrappingKey, wrapped_key, { channel, keyId }).catch(() => 'damaged' as const),
    ]),
  );
