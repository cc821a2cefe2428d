/** Access to the console's API with the access token of a link. */

import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { LINK_HOURS } from '../../wire/link-api.ts';
import type { ConsoleLink } from '../store/links.ts';
import { addressOf, REQUESTS_PER_MINUTE, WINDOW_MS } from './api-limit.ts';
import { bearerIfAny, notServed } from './authorization.ts';
import { tooManyRequests, unauthorized, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';
import { createValidLinks } from './valid-links.ts';

const invalidLink = (): Problem =>
  unauthorized(
    `This link is not valid, or it has expired: a link works for ${LINK_HOURS} hours. Open a fresh link in the Zap editor.`,
  );

/** Creates the access to the console's API. The link of a request determines which channel the request may access. */
export function createConsoleAccess({ store, registered, admission, apiRequestsPerMinute }: ServerOptions) {
  const valid = createValidLinks(() => store.linkHashes());
  /** Look-ups for requests in progress. The rate limit and the route share the result. */
  const links = new WeakMap<FastifyRequest, Promise<ConsoleLink | null>>();

  async function lookUp(tokenHash: string): Promise<ConsoleLink | null> {
    if (!(await valid.has(tokenHash))) return null;
    const link = await store.link(tokenHash);
    if (!link) valid.forget(tokenHash);
    return link;
  }

  function linkIfAny(request: FastifyRequest): Promise<ConsoleLink | null> {
    const known = links.get(request);
    if (known) return known;
    const bearer = bearerIfAny(request);
    const link = bearer === null ? Promise.resolve(null) : lookUp(hashOfAccessToken(bearer));
    links.set(request, link);
    return link;
  }

  /** Each link has its own limit, and requests without a valid link share the limit of their address. */
  const limit: RateLimitPluginOptions = {
    max: apiRequestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: WINDOW_MS,
    keyGenerator: async (request) => {
      const link = await linkIfAny(request);
      return link ? `link ${link.tokenHash}` : addressOf(request);
    },
    errorResponseBuilder: () => tooManyRequests('Too many requests with this link. Try again in a minute.'),
  };

  return {
    limit,
    /**
     * Returns the link of a request.
     *
     * @throws {Problem} 401 if it is missing, unknown or expired, 403 if its channel is not served
     */
    linkOf: async (request: FastifyRequest): Promise<ConsoleLink> => {
      const link = await linkIfAny(request);
      if (!link) throw invalidLink();
      if (!(await admission.serves(link.channel, () => registered.lookUp(link.channel)))) throw notServed();
      return link;
    },
  };
}
