/**
 * The credentials that connect a connector to a relay without accounts. All of them are derived from the integration's
 * private key, so they need no configuration. Anyone who knows the private key can derive the token, and anyone who has
 * the token can subscribe. The channel is a hash of the token. It appears in TutorCruncher and in its logs, and grants
 * no access. A subscription secret allows its bearer to end one subscription, even after the key of the connection has
 * changed.
 */

import { createHash, hkdfSync } from 'node:crypto';

/** A shorter key could be guessed, because the channel confirms a correct guess. */
const MIN_KEY_LENGTH = 20;
const TOKEN_BYTES = 32;
const CHECKSUM_LENGTH = 6;

const base64url = (bytes: Buffer | ArrayBuffer): string => Buffer.from(bytes as ArrayBuffer).toString('base64url');

/**
 * Returns a private key that is long enough for deriving credentials from it.
 *
 * @throws {RangeError} if the key has fewer than 20 characters
 */
export function checkedPrivateKey(privateKey: string): string {
  if (privateKey.length < MIN_KEY_LENGTH) {
    throw new RangeError(`A relay needs a private key of at least ${MIN_KEY_LENGTH} characters.`);
  }
  return privateKey;
}

/**
 * Derives the token that allows its bearer to subscribe at one relay.
 *
 * @param privateKey - the private API key of a TutorCruncher integration
 * @param relayOrigin - the relay's public origin; each relay has a different token
 * @returns 32 bytes as base64url
 * @throws {RangeError} if the key has fewer than 20 characters
 */
export function deriveToken(privateKey: string, relayOrigin: string): string {
  const key = checkedPrivateKey(privateKey);
  return base64url(hkdfSync('sha256', key, 'tutorcruncher-relay/v1', `subscribe|${relayOrigin}`, TOKEN_BYTES));
}

const checksum = (hash: string): string =>
  base64url(createHash('sha256').update(`checksum|${hash}`).digest()).slice(0, CHECKSUM_LENGTH);

/**
 * Derives the channel of a token. The URL that is pasted into TutorCruncher contains the channel.
 *
 * @returns the token's SHA-256 hash as base64url (43 characters), followed by a checksum (6 characters)
 */
export function deriveChannel(token: string): string {
  const hash = base64url(createHash('sha256').update(token).digest());
  return hash + checksum(hash);
}

/**
 * Derives the secret that ends one subscription. The connector stores it with the Zap, and the relay stores its hash.
 *
 * @param targetUrl - the URL that the subscription delivers to
 * @returns 32 bytes as base64url
 */
export const deriveSubscriptionSecret = (token: string, targetUrl: string): string =>
  base64url(hkdfSync('sha256', token, 'tutorcruncher-relay/v1', `unsubscribe|${targetUrl}`, TOKEN_BYTES));

/**
 * Derives the notice key, with which a relay authenticates notices (`notice.ts`). It grants no access and opens no event.
 *
 * @returns 32 bytes as base64url
 * @throws {RangeError} if the key has fewer than 20 characters
 */
export const deriveNoticeKey = (privateKey: string, relayOrigin: string): string =>
  base64url(
    hkdfSync('sha256', checkedPrivateKey(privateKey), 'tutorcruncher-relay/v1', `notices|${relayOrigin}`, TOKEN_BYTES),
  );

/** Returns the SHA-256 hash of a subscription secret as base64url (43 characters). */
export const hashOfSecret = (secret: string): string =>
  base64url(createHash('sha256').update(`unsubscribe|${secret}`).digest());

/** Returns the SHA-256 hash of the access token of a link to the console as base64url (43 characters). */
export const hashOfAccessToken = (accessToken: string): string =>
  base64url(createHash('sha256').update(`console|${accessToken}`).digest());

/** Returns true for text in the format of a token, of a subscription secret or of an access token. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Returns true for text in the format of a channel with a correct checksum. */
export function isChannel(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{49}$/.test(text)) return false;
  const hash = text.slice(0, -CHECKSUM_LENGTH);
  return text.slice(-CHECKSUM_LENGTH) === checksum(hash);
}
