/** Checks that a relay is reachable before a rehearsal that takes minutes. */

import { nameOf } from '../../relay/log.ts';

/** Error codes of a connection whose certificate was not signed by a CA that Node.js knows. */
const UNKNOWN_CA = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Returns the message about a request without a response. */
function failureOf(url: string, error: unknown): string {
  const code = nameOf(typeof error === 'object' && error && 'cause' in error ? error.cause : error);
  return UNKNOWN_CA.has(code)
    ? `The certificate of ${url} is signed by a CA that this machine does not know (${code}). Set NODE_EXTRA_CA_CERTS to the path of the CA's certificate, then run the rehearsal again.`
    : `The relay at ${url} cannot be reached from this machine (${code}). Check the URL, and that the relay and its proxy are running, then run the rehearsal again.`;
}

/**
 * Checks that a relay can be reached and is ready.
 *
 * @param timeoutMs - time limit of the request
 * @throws {Error} if the relay cannot be reached or is not ready; the message says what to do
 */
export async function expectReachable(url: string, timeoutMs = 10_000): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(new URL('/readyz', url), { signal }).catch((error: unknown) => {
    throw new Error(
      signal.aborted
        ? `The relay at ${url} did not respond within ${timeoutMs / 1000} seconds. Check that the relay is running and that no firewall blocks the connection, then run the rehearsal again.`
        : failureOf(url, error),
      { cause: error },
    );
  });
  await response.body?.cancel();
  if (response.ok) return;
  throw new Error(
    `The relay at ${url} is not ready: its path /readyz responded with status ${response.status}. Check the URL, the log of the relay, and that its proxy forwards requests to it, then run the rehearsal again.`,
  );
}
