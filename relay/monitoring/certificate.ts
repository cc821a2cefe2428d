/** The certificate of the relay's public name. */

import { once } from 'node:events';
import { connect } from 'node:tls';

const CONNECT_MS = 10_000;
/** Interval between two reads of the certificate for the metrics, in milliseconds. Certificates are valid for weeks. */
const CERTIFICATE_MS = 3_600_000;

/**
 * Returns the remaining fraction of the validity period of the public name's certificate. The fraction is negative if
 * the certificate has expired. Returns null for an origin without TLS, and if the connection fails.
 */
export async function certificateTimeLeft(origin: string, now: number): Promise<number | null> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== 'https:') return null;
  const host = hostname.replaceAll(/[[\]]/g, '');
  // Invalid certificates are accepted, because an expired certificate must be readable, too. Nothing is sent on the
  // connection.
  const socket = connect({ host, port: Number(port || 443), servername: host, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) });
    const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
    const left = (Date.parse(to) - now) / (Date.parse(to) - Date.parse(from));
    return Number.isFinite(left) ? left : null;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

/**
 * Creates a function that returns the last known result of {@link certificateTimeLeft}. The function reads the
 * certificate in the background every hour, so that no scrape has to wait.
 *
 * @param now - returns the current time in milliseconds since 1970
 */
export function createCertificateReader(origin: string, now: () => number): () => number | null {
  let timeLeft: number | null = null;
  let readAt = -Infinity;
  return () => {
    if (now() - readAt >= CERTIFICATE_MS) {
      readAt = now();
      void certificateTimeLeft(origin, readAt).then((left) => (timeLeft = left));
    }
    return timeLeft;
  };
}
