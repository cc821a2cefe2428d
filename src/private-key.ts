/** The secret of a connection: the private API key of one TutorCruncher integration. */

import type { Bundle } from 'zapier-platform-core';

/**
 * Returns the connection's private key, without leading and trailing white space.
 *
 * @returns an empty string if the connection has no key
 */
export function privateKeyOf(bundle: Pick<Bundle, 'authData'>): string {
  const key: unknown = (bundle.authData as Record<string, unknown> | undefined)?.private_key;
  return typeof key === 'string' ? key.trim() : '';
}

/**
 * Returns a message for the Zap's owner if a key cannot be a private key of TutorCruncher's: it is empty, or pasting it
 * has added a space, a line break, a typographic quotation mark or an invisible character. Such a key must not become part of an
 * HTTP header, because the error about an illegal header would quote it.
 *
 * @returns null if the key consists of visible ASCII characters
 */
export function privateKeyProblem(key: string): string | null {
  if (key === '') {
    return 'This TutorCruncher connection has no private key. Reconnect TutorCruncher and paste the private key of the integration.';
  }
  if (/^[\x21-\x7e]+$/.test(key)) return null;
  return (
    'The private key of this TutorCruncher connection contains a character that no private key has, such as a space, a ' +
    'line break, a curly quotation mark or an invisible character. In TutorCruncher, open Settings > API, copy only the ' +
    'private key of the integration, and reconnect TutorCruncher here with it.'
  );
}
