/**
 * The signature check. TutorCruncher signs each POST with HMAC-SHA256 over the raw body, keyed with the private API key
 * of the integration that holds the URL, in lower-case hex, in the header `Webhook-Signature` (TutorCruncher's API docs,
 * "webhooks verification"). Zapier hands request headers over with `Http-` before their names. No other file knows
 * either.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Why a request is refused. */
export type Refusal = 'no-key' | 'no-signature' | 'malformed-signature' | 'wrong-signature';

const HEADER = /^(?:http-)?webhook-signature$/i;

/** The header as TutorCruncher spells it on the wire. */
export const WIRE_SIGNATURE_HEADER = 'Webhook-Signature';

/**
 * The signature TutorCruncher puts on a body.
 *
 * @param body - the raw body; text is signed as its UTF-8 bytes
 * @param privateKey - the integration's private API key
 * @returns 64 lower-case hex digits
 */
export const sign = (body: string | Uint8Array, privateKey: string): string =>
  createHmac('sha256', privateKey).update(body).digest('hex');

function isSame(given: string, expected: string): boolean {
  const givenBytes = Buffer.from(given);
  const expectedBytes = Buffer.from(expected);
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes);
}

/**
 * Checks that whoever sent a body knows the connection's private key.
 *
 * @param body - the raw body as received
 * @param headers - the request's headers in any letter case, with or without `Http-`
 * @param privateKey - the connection's private API key
 * @returns null when the signature is right, else why it is refused
 */
export function refusalOf(
  body: string,
  headers: Readonly<Record<string, unknown>>,
  privateKey: string,
): Refusal | null {
  if (privateKey === '') return 'no-key';

  const signatures: string[] = [];
  for (const name of Object.keys(headers)) {
    const value = HEADER.test(name) ? headers[name] : null;
    if (typeof value === 'string' && value.trim() !== '') signatures.push(value.trim());
  }
  if (signatures.length === 0) return 'no-signature';

  const expected = sign(body, privateKey);
  if (signatures.some((signature) => isSame(signature, expected))) return null;
  return signatures.some((signature) => /^[0-9a-f]{64}$/.test(signature)) ? 'wrong-signature' : 'malformed-signature';
}

const CHECK_KEY =
  'Each TutorCruncher integration has its own private key: open the integration that holds this webhook URL ' +
  '(Settings > API), copy its key, and choose a connection with that key in this Zap.';

/** What a Zap's owner reads for each refusal: what happened and what to do. */
export const REFUSAL_MESSAGES: Readonly<Record<Refusal, string>> = {
  'no-key':
    'The TutorCruncher connection of this Zap has no private key, so the request could not be checked and was ' +
    'refused. Reconnect TutorCruncher and paste the private key of the integration that holds this webhook URL.',
  'no-signature':
    'The request carried no Webhook-Signature header and was refused: it did not come straight from TutorCruncher. ' +
    'If you did not send it yourself to try the URL out, check that nothing between TutorCruncher and Zapier drops ' +
    'headers, and that the URL is known to TutorCruncher alone.',
  'malformed-signature':
    'The request carried a Webhook-Signature that is not 64 lower-case hex digits and was refused: TutorCruncher ' +
    'sends no such signature. Check that nothing between TutorCruncher and Zapier changes headers, and that the URL ' +
    'is known to TutorCruncher alone.',
  'wrong-signature':
    "The signature of the request does not match this connection's private key, so it was refused. Most likely this " +
    `webhook URL stands in a TutorCruncher integration whose key is not this connection's. ${CHECK_KEY} If the keys ` +
    'are the same, the body was changed on its way.',
};
