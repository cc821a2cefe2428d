/**
 * The address of a request's client. If the request has passed through proxies, trusted proxies report the address in a
 * header.
 */

import { isIP } from 'node:net';

import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The header that lists the addresses of the client and of the proxies. fastify reads this header. */
const FORWARDED_FOR = 'x-forwarded-for';

/**
 * Makes fastify read the client's address from a header that contains only this address, instead of from
 * `X-Forwarded-For`. fastify uses the address only if the connection comes from a trusted proxy. If the header is
 * missing, repeated or malformed, the proxy's address counts as the client's address.
 *
 * @param header - the name of the header, in lower case
 */
export function readAddressFrom(app: FastifyInstance, header: string): void {
  app.addHook('onRequest', ({ headers }, _reply, next) => {
    // Node.js joins the values of a repeated header, and the joined text is not an IP address.
    const address = String(headers[header]);
    if (isIP(address) !== 0) headers[FORWARDED_FOR] = address;
    else if (headers[FORWARDED_FOR] !== undefined) headers[FORWARDED_FOR] = '';
    next();
  });
}

/**
 * Returns the address of a request's client; for IPv6, the network prefix of the address. Node.js discards the address
 * when the client closes the connection.
 */
export const addressOf = ({ ip }: FastifyRequest): string => rateLimit.normalizeIP(ip);

/**
 * Returns whether the relay trusts the proxy that forwarded a request, for the `check` command; `none` if no proxy has
 * reported the client's address. The result contains the address of an untrusted proxy, because the operator might not
 * know this address.
 */
export function proxyOf({ headers, ips = [], socket }: FastifyRequest): {
  readonly proxy: 'trusted' | 'untrusted' | 'none';
  readonly proxy_address?: string | undefined;
} {
  if (!headers[FORWARDED_FOR]) return { proxy: 'none' };
  // The first address belongs to the connection. fastify adds more addresses only if the relay trusts the first
  // address.
  return ips.length > 1 ? { proxy: 'trusted' } : { proxy: 'untrusted', proxy_address: socket.remoteAddress };
}
