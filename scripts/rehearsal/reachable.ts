/** The check that this machine reaches a relay, before the minutes of a rehearsal with it. */

import { nameOf } from '../../relay/log.ts';

/** Error codes of a connection whose certificate was not signed by a CA that Node.js knows. */
const UNKNOWN_CA = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Checks that a relay can be reached. @throws {Error} if it cannot; the message says what to do */
export async function expectReachable(url: string): Promise<void> {
  try {
    await fetch(url);
  } catch (error) {
    const code = nameOf(typeof error === 'object' && error && 'cause' in error ? error.cause : error);
    throw new Error(
      UNKNOWN_CA.has(code)
        ? `The certificate of ${url} is signed by a CA that this machine does not know (${code}). Set NODE_EXTRA_CA_CERTS to the path of the CA's certificate, then run the rehearsal again.`
        : `The relay at ${url} cannot be reached from this machine (${code}). Check the URL, and that the relay and its proxy are running, then run the rehearsal again.`,
      { cause: error },
    );
  }
}
