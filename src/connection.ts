/** What a connection holds: one private API key of one TutorCruncher integration. */

import type { Bundle } from 'zapier-platform-core';

/**
 * The connection's private key, without the white space that pasting may add.
 *
 * @returns an empty text when the connection has none
 */
export function privateKeyOf(bundle: Pick<Bundle, 'authData'>): string {
  const key: unknown = (bundle.authData as Record<string, unknown> | undefined)?.private_key;
  return typeof key === 'string' ? key.trim() : '';
}
