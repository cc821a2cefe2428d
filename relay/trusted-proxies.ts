/** The proxies whose header `X-Forwarded-For` the relay trusts. */

import { isIP } from 'node:net';

/** Names of ranges of addresses that fastify knows: this machine, the local link, and private networks. */
const RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** Returns true for the name of a range, an address, or a subnet such as `10.0.0.0/8`. */
export function isProxyRange(text: string): boolean {
  if (RANGES.includes(text)) return true;
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  // A prefix length of 0 would include all addresses.
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}
