/** Access to the console's API with the access token of a link. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { LINK_HOURS } from '../../wire/link-api.ts';
import type { ConsoleLink } from '../store/links.ts';
import { REQUESTS_PER_MINUTE } from './api-limit.ts';
import { bearerIfAny, notServed } from './authorization.ts';
import { tooManyRequests, unauthorized, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';
import { ValidLinks } from './valid-links.ts';

const WINDOW_MS = 60_000;

const invalidLink = (): Problem =>
  unauthorized(
    `This link is not valid, or it has expired: a link works for ${LINK_HOURS} hours. Open a fresh link in the Zap editor.`,
  );

const addressOf = ({ ip }: FastifyRequest): string => `address ${rateLimit.normalizeIP(ip)}`;

/** Finds the links of requests. The link determines which channel a request may access. */
export class ConsoleAccess {
  readonly #options: ServerOptions;
  readonly #requestsPerMinute: number;
  readonly #valid: ValidLinks;
  /** Look-ups for requests in progress. The rate limit and the route share the result. */
  readonly #links = new WeakMap<FastifyRequest, Promise<ConsoleLink | null>>();

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#requestsPerMinute = options.apiRequestsPerMinute ?? REQUESTS_PER_MINUTE;
    this.#valid = new ValidLinks(() => options.store.linkHashes());
  }

  #linkIfAny(request: FastifyRequest): Promise<ConsoleLink | null> {
    const known = this.#links.get(request);
    if (known) return known;
    const bearer = bearerIfAny(request);
    const link = bearer === null ? Promise.resolve(null) : this.#lookUp(hashOfAccessToken(bearer));
    this.#links.set(request, link);
    return link;
  }

  async #lookUp(tokenHash: string): Promise<ConsoleLink | null> {
    if (!(await this.#valid.has(tokenHash))) return null;
    const link = await this.#options.store.link(tokenHash);
    if (!link) this.#valid.forget(tokenHash);
    return link;
  }

  /**
   * Returns the link of a request.
   *
   * @throws {Problem} 401 if it is missing, unknown or expired, 403 if its channel is not served
   */
  async linkOf(request: FastifyRequest): Promise<ConsoleLink> {
    const { registered, admission } = this.#options;
    const link = await this.#linkIfAny(request);
    if (!link) throw invalidLink();
    if (!(await admission.serves(link.channel, () => registered.lookUp(link.channel)))) throw notServed();
    return link;
  }

  /**
   * Returns the options of the rate limit: each link has its own limit, and requests without a valid link share the limit of
   * their address.
   */
  rateLimit(): RateLimitPluginOptions {
    return {
      max: this.#requestsPerMinute,
      timeWindow: WINDOW_MS,
      keyGenerator: async (request) => {
        const link = await this.#linkIfAny(request);
        return link ? `link ${link.tokenHash}` : addressOf(request);
      },
      errorResponseBuilder: () => tooManyRequests('Too many requests with this link. Try again in a minute.'),
    };
  }
}
