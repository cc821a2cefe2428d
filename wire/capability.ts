/**
 * The credentials with which a connector uses a relay. A relay has no accounts: all credentials are derived from the
 * integration's private key, so they need no configuration. Anyone who knows the private key can derive the token, and
 * anyone who has the token can subscribe. The channel is a hash of the token. The channel appears in TutorCruncher and
 * its logs, and grants no access. A subscription secret allows its bearer to end one subscription, even after the key
 * of the connection has changed.
 */

import { createHash, hkdfSync } from 'node:crypto';

/**
 * Minimum length of a private key. Anyone who knows a channel can check guesses of its private key, so a shorter key
 * would be vulnerable to brute force.
 */
const MIN_KEY_LENGTH = 20;
const TOKEN_BYTES = 32;
const CHECKSUM_LENGTH = 6;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Derives 32 bytes for a purpose, as base64url. */
const derived = (key: string, purpose: string): string =>
  Buffer.from(hkdfSync('sha256', key, 'tutorcruncher-relay/v1', purpose, TOKEN_BYTES)).toString('base64url');

/** Returns the private key unchanged. @throws {RangeError} if the key has fewer than 20 characters */
export function checkedPrivateKey(privateKey: string): string {
  if (privateKey.length < MIN_KEY_LENGTH) {
    throw new RangeError(`A relay needs a private key of at least ${MIN_KEY_LENGTH} characters.`);
  }
  return privateKey;
}

/**
 * Derives the token that allows its bearer to subscribe at one relay.
 *
 * @param relayOrigin - the relay's public origin; each relay has a different token
 * @throws {RangeError} if the key has fewer than 20 characters
 */
export const deriveToken = (privateKey: string, relayOrigin: string): string =>
  derived(checkedPrivateKey(privateKey), `subscribe|${relayOrigin}`);

const checksum = (hash: string): string => hashOf(`checksum|${hash}`).slice(0, CHECKSUM_LENGTH);

/**
 * Returns the channel of a token: the token's SHA-256 hash as base64url (43 characters), followed by a checksum (6
 * characters).
 */
export function deriveChannel(token: string): string {
  const hash = hashOf(token);
  return hash + checksum(hash);
}

/** Derives the secret that ends the subscription with a target URL. The relay stores the hash of the secret. */
export const deriveSubscriptionSecret = (token: string, targetUrl: string): string =>
  derived(token, `unsubscribe|${targetUrl}`);

/**
 * Derives the notice key, which authenticates the notices of a relay (`notice.ts`). The notice key grants no access and
 * cannot decrypt events.
 */
export const deriveNoticeKey = (privateKey: string, relayOrigin: string): string =>
  derived(checkedPrivateKey(privateKey), `notices|${relayOrigin}`);

/** Returns the SHA-256 hash of a subscription secret as base64url (43 characters). */
export const hashOfSecret = (secret: string): string => hashOf(`unsubscribe|${secret}`);

/** Returns the SHA-256 hash of the access token of a link to the console as base64url (43 characters). */
export const hashOfAccessToken = (accessToken: string): string => hashOf(`console|${accessToken}`);

/** Returns true for text in the format of a token, of a subscription secret or of an access token. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Returns true for text in the format of a channel, if its checksum is correct. */
export function isChannel(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{49}$/.test(text)) return false;
  const hash = text.slice(0, -CHECKSUM_LENGTH);
  return text.slice(-CHECKSUM_LENGTH) === checksum(hash);
}
