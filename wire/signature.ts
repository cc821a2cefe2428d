/**
 * The signature of TutorCruncher's webhooks. TutorCruncher signs the raw body of each POST with HMAC-SHA256. The HMAC
 * key is the private API key of the integration that contains the URL. The header `Webhook-Signature` contains the
 * signature as lower-case hexadecimal digits (TutorCruncher's API docs, "webhooks verification"). Zapier prefixes the
 * names of request headers with `Http-`. Only this file depends on these facts.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Reasons for refusing a request. */
export type Refusal = 'no-key' | 'no-signature' | 'malformed-signature' | 'wrong-signature';

/** The header's name as TutorCruncher spells it. */
export const SIGNATURE_HEADER = 'Webhook-Signature';

const HEADER = /^(?:http-)?webhook-signature$/i;

/** Returns true for text in the format of a signature. */
export const isSignature = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** Returns the signature of a body. Text is signed as its UTF-8 bytes. */
export const sign = (body: string | Uint8Array, privateKey: string): string =>
  createHmac('sha256', privateKey).update(body).digest('hex');

function isSame(given: string, expected: string): boolean {
  const givenBytes = Buffer.from(given);
  const expectedBytes = Buffer.from(expected);
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes);
}

/**
 * Returns the reason for refusing a request; null if its raw body is signed with the connection's private key.
 *
 * @param headers - the headers, in any letter case, with or without `Http-`
 */
export function refusalOf(
  body: string,
  headers: Readonly<Record<string, unknown>>,
  privateKey: string,
): Refusal | null {
  if (privateKey === '') return 'no-key';

  const signatures = Object.entries(headers)
    .map(([name, value]) => (HEADER.test(name) && typeof value === 'string' ? value.trim() : ''))
    .filter((value) => value !== '');
  if (signatures.length === 0) return 'no-signature';

  const expected = sign(body, privateKey);
  if (signatures.some((signature) => isSame(signature, expected))) return null;
  return signatures.some(isSignature) ? 'wrong-signature' : 'malformed-signature';
}
