/**
 * What connects a connector to a relay without accounts: both ends derive it, and neither needs to be told. Shared by
 * connector and relay, so nothing is imported here but node:crypto.
 *
 * Who knows an integration's private key can make the token; who has the token may subscribe. The channel is made of
 * the token and can't be turned back into it: it stands in TutorCruncher, and in its logs, and opens nothing.
 */

import { createHash, hkdfSync } from 'node:crypto';

/** Shorter keys could be guessed, and with a guessed key the channel would tell whether the guess was right. */
const MIN_KEY_LENGTH = 20;
const TOKEN_BYTES = 32;
const CHECKSUM_LENGTH = 6;

const base64url = (bytes: Buffer | ArrayBuffer): string => Buffer.from(bytes as ArrayBuffer).toString('base64url');

/**
 * The token that lets its bearer subscribe at one relay.
 *
 * @param privateKey - the private API key of a TutorCruncher integration
 * @param relayOrigin - the relay's public origin; a token for one relay is of no use at another
 * @returns 32 bytes as base64url
 * @throws {RangeError} for a key under 20 characters
 */
export function deriveToken(privateKey: string, relayOrigin: string): string {
  if (privateKey.length < MIN_KEY_LENGTH) {
    throw new RangeError(`A private key under ${MIN_KEY_LENGTH} characters is too short to be used with a relay.`);
  }
  return base64url(hkdfSync('sha256', privateKey, 'tutorcruncher-relay/v1', `subscribe|${relayOrigin}`, TOKEN_BYTES));
}

const checksum = (hash: string): string =>
  base64url(createHash('sha256').update(`checksum|${hash}`).digest()).slice(0, CHECKSUM_LENGTH);

/**
 * The channel of a token: what stands in the URL that is pasted into TutorCruncher.
 *
 * @returns SHA-256 of the token's text as base64url (43 characters), and a checksum (6)
 */
export function deriveChannel(token: string): string {
  const hash = base64url(createHash('sha256').update(token).digest());
  return hash + checksum(hash);
}

/** Whether a text has the form of a token. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Whether a text is a channel that was not mistyped. */
export function isChannel(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{49}$/.test(text)) return false;
  const hash = text.slice(0, -CHECKSUM_LENGTH);
  return text.slice(-CHECKSUM_LENGTH) === checksum(hash);
}
