/** Access to the console's API with the access token of a link. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyRequest } from 'fastify';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { LINK_HOURS } from '../../wire/link-api.ts';
import type { ConsoleLink } from '../store/console/links.ts';
import { bearerIfAny, notServed } from './authorization.ts';
import { unauthorized } from './problem.ts';
import { limitOf } from './rate-limits.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Minimum time between two reads of the links, in milliseconds. The first request with a new link waits at most this
 * long.
 */
const READ_INTERVAL_MS = 250;

/**
 * Creates the look-up of links by the hash of their access token. A request with an unknown link makes the relay read
 * the hashes of all valid links again, at most four times per second. A new link therefore works without delay, and
 * guessed links do not put load on the store.
 */
function createLinks(store: ServerOptions['store']) {
  let hashes = new Set<string>();
  let readAt = -Infinity;
  let next: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    await sleep(Math.max(0, readAt + READ_INTERVAL_MS - performance.now()));
    // A link that is added during this read might be missing from the result, so later requests wait for the next read.
    next = null;
    readAt = performance.now();
    hashes = new Set(await store.linkHashes());
  }

  return async (tokenHash: string): Promise<ConsoleLink | null> => {
    if (!hashes.has(tokenHash)) await (next ??= refresh());
    if (!hashes.has(tokenHash)) return null;
    const link = await store.link(tokenHash);
    // The link has expired or has been deleted.
    if (!link) hashes.delete(tokenHash);
    return link;
  };
}

/**
 * Creates the functions that control access to the console's API. The link of a request determines which channel the
 * request may access.
 */
export function createConsoleAccess(options: ServerOptions) {
  const { store, registered, admission } = options;
  const lookUp = createLinks(store);
  /** The look-ups of links for requests in progress. The rate limit and the route of a request share the result. */
  const links = new WeakMap<FastifyRequest, Promise<ConsoleLink | null>>();

  function linkIfAny(request: FastifyRequest): Promise<ConsoleLink | null> {
    const bearer = bearerIfAny(request);
    const link = links.get(request) ?? (bearer === null ? Promise.resolve(null) : lookUp(hashOfAccessToken(bearer)));
    links.set(request, link);
    return link;
  }

  /** Each link has its own limit. Requests without a valid link share the limit of their address. */
  const limit = limitOf(options, 'with this link', async (request) => {
    const link = await linkIfAny(request);
    return link ? `link ${link.tokenHash}` : null;
  });

  return {
    limit,
    /**
     * Returns a request's link.
     *
     * @throws {Problem} 401 if the link is missing, unknown or expired, 403 if its channel is not served
     */
    linkOf: async (request: FastifyRequest): Promise<ConsoleLink> => {
      const link = await linkIfAny(request);
      if (!link) {
        throw unauthorized(
          `This link is not valid, or it has expired: a link works for ${LINK_HOURS} hours. Open a fresh link in the Zap editor.`,
        );
      }
      if (!(await admission.serves(link.channel, () => registered.lookUp(link.channel)))) throw notServed();
      return link;
    },
  };
}
