/**
 * The secret of a link to the console, and the keys that are derived from it. The connector generates the secret, which
 * appears only in the fragment of the link. The secret may be followed by a full stop and the branch's currency, so
 * that the page formats amounts as Zaps do. The connector and the page derive two keys from the secret with HKDF-SHA256
 * (RFC 5869):
 *
 * - the **access token**, the bearer token of the page's requests, whose hash the relay keeps;
 * - the **wrapping key**, which the relay never has. The connector stores the channel's data keys at the relay,
 *   encrypted with AES-256-GCM under the wrapping key: the nonce (12 random bytes), then the ciphertext and tag (48
 *   bytes), in base64. The associated data is the UTF-8 JSON text of a list: the purpose, the channel and the id of the
 *   data key.
 *
 * Runs in Node.js and in browsers.
 */

import { DATA_KEY_BYTES, NONCE_BYTES, SealingRejection } from './sealing/format.ts';
import type { DataKeyNames } from './sealing/key-wrap.ts';
import { openSealed } from './sealing/open.ts';
import { runCipher, webRuntime } from './sealing/web-runtime.ts';

const SECRET_BYTES = 32;
const SALT = 'tutorcruncher-relay/v1';
const WRAP_PURPOSE = 'console-link data key';

const utf8 = new TextEncoder();
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Returns a new secret: 32 random bytes as base64url. */
export const createLinkSecret = (): string => base64url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));

/** Returns true for text in the format of a secret. */
export const isLinkSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** The contents of a link's fragment. */
export interface LinkFragment {
  readonly secret: string;
  /** The branch's currency, such as `GBP`; null if it is unknown. */
  readonly currency: string | null;
}

const CURRENCY = /^[A-Z]{3}$/;

/** Returns the fragment of a link, without `#`. Omits a currency that is not an ISO 4217 code. */
export const linkFragment = ({ secret, currency }: LinkFragment): string =>
  currency !== null && CURRENCY.test(currency) ? `${secret}.${currency}` : secret;

/** Reads the fragment of a link, without `#`. Does not check the secret ({@link isLinkSecret}). */
export function readLinkFragment(text: string): LinkFragment {
  const [secret = '', currency = ''] = text.split('.');
  return { secret, currency: CURRENCY.test(currency) ? currency : null };
}

/**
 * Derives the keys of a link, of 32 bytes each. The access token is base64url.
 *
 * @throws {RangeError} if the secret is malformed
 */
export async function deriveLink(secret: string): Promise<{ accessToken: string; wrappingKey: Uint8Array }> {
  if (!isLinkSecret(secret)) throw new RangeError('The secret of the link is incomplete. Open a fresh link.');
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveBits']);
  const derive = async (info: string): Promise<Uint8Array> => {
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode(SALT), info: utf8.encode(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 8 * SECRET_BYTES));
  };
  return { accessToken: base64url(await derive('console-access')), wrappingKey: await derive('console-wrap') };
}

/** Returns the associated data of a wrapped data key, which binds the data key to its channel and id. */
const bindingOf = ({ channel, keyId }: DataKeyNames): Uint8Array =>
  utf8.encode(JSON.stringify([WRAP_PURPOSE, channel, keyId]));

/** Wraps a data key under the wrapping key of a link. @returns 60 bytes in base64 */
export async function wrapLinkKey(wrappingKey: Uint8Array, dataKey: Uint8Array, names: DataKeyNames): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const ciphertext = await runCipher('encrypt', wrappingKey, nonce, bindingOf(names), new Uint8Array(dataKey));
  return base64(new Uint8Array([...nonce, ...ciphertext]));
}

/**
 * Unwraps a data key that {@link wrapLinkKey} wrapped. @throws {SealingRejection} if the data key was wrapped for a
 * different link, channel or id, or was changed
 */
export const unwrapLinkKey = (wrappingKey: Uint8Array, wrapped: string, names: DataKeyNames): Promise<Uint8Array> =>
  openSealed(webRuntime, wrappingKey, bindingOf(names), wrapped, (dataKey) => {
    if (dataKey.length !== DATA_KEY_BYTES) throw new SealingRejection('damaged');
    return dataKey;
  });
