/** The headers that proxies add to requests. */

import type { FastifyRequest } from 'fastify';

/**
 * Returns true if a proxy has passed on a request. A client can add such headers, but cannot keep a proxy from adding
 * them.
 */
export const isForwarded = ({ headers }: FastifyRequest): boolean =>
  Object.keys(headers).some((name) => ['forwarded', 'via'].includes(name) || name.startsWith('x-forwarded-'));

/** Returns the trust in the proxy that forwarded a request, for the `check` command; `none` without a proxy. */
export function proxyOf({ headers, ips = [] }: FastifyRequest): 'trusted' | 'untrusted' | 'none' {
  if (headers['x-forwarded-for'] === undefined) return 'none';
  // The first address belongs to the connection. Others follow only if the relay trusts the first.
  return ips.length > 1 ? 'trusted' : 'untrusted';
}
