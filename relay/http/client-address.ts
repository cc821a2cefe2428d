/** The address of a request's client, which trusted proxies report in a header. */

import { isIP } from 'node:net';

import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The header with the addresses of the client and of the proxies that a request has passed, which fastify reads. */
const FORWARDED_FOR = 'x-forwarded-for';

/**
 * Makes fastify read the client's address from a header that contains nothing else, instead of `X-Forwarded-For`. As
 * before, it does so only for connections from trusted proxies. If the header is missing, repeated or malformed, the
 * client's address is that of the proxy.
 *
 * @param header - its name, in lower case
 */
export function readAddressFrom(app: FastifyInstance, header: string): void {
  app.addHook('onRequest', ({ headers }, _reply, next) => {
    // Node.js joins the values of a repeated header, and the joined text is not an address.
    const address = String(headers[header]);
    if (isIP(address) !== 0) headers[FORWARDED_FOR] = address;
    else if (headers[FORWARDED_FOR] !== undefined) headers[FORWARDED_FOR] = '';
    next();
  });
}

/**
 * Returns the address of a request's client, or the network of an IPv6 address. Node.js forgets the address when the
 * client closes the connection.
 */
export const addressOf = ({ ip }: FastifyRequest): string => rateLimit.normalizeIP(ip);

/**
 * Returns the trust in the proxy that forwarded a request, for the `check` command; `none` if no proxy has reported the
 * client's address. The operator of an untrusted proxy may not know its address, so the result contains it.
 */
export function proxyOf({ headers, ips = [], socket }: FastifyRequest): {
  readonly proxy: 'trusted' | 'untrusted' | 'none';
  readonly proxy_address?: string | undefined;
} {
  if (!headers[FORWARDED_FOR]) return { proxy: 'none' };
  // The first address belongs to the connection. Further addresses follow only if the relay trusts the first.
  return ips.length > 1 ? { proxy: 'trusted' } : { proxy: 'untrusted', proxy_address: socket.remoteAddress };
}
