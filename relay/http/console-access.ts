/** Access to the console's API by the access token of a link. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { LINK_HOURS } from '../../wire/console-api.ts';
import type { Admission } from '../admission.ts';
import type { RegisteredChannels } from '../registered-channels.ts';
import type { ConsoleLink, ConsoleStore } from '../store/console-store.ts';
import { bearerIfAny, notServed } from './authorization.ts';
import { tooManyRequests, unauthorized, type Problem } from './problem.ts';

const WINDOW_MS = 60_000;

/** Dependencies of {@link ConsoleAccess}. */
export interface ConsoleAccessOptions {
  readonly store: Pick<ConsoleStore, 'link'>;
  readonly registered: RegisteredChannels;
  readonly admission: Admission;
}

const invalidLink = (): Problem =>
  unauthorized(
    `This link is not valid, or it has expired: a link works for ${LINK_HOURS} hours. Open a fresh link in the Zap editor.`,
  );

/** Finds the links of requests. The link of a request decides to which channel the request grants access. */
export class ConsoleAccess {
  readonly #options: ConsoleAccessOptions;
  /** The look-ups of requests in progress, because both the rate limit and the route need the link. */
  readonly #links = new WeakMap<FastifyRequest, Promise<ConsoleLink | null>>();

  constructor(options: ConsoleAccessOptions) {
    this.#options = options;
  }

  #linkIfAny(request: FastifyRequest): Promise<ConsoleLink | null> {
    const known = this.#links.get(request);
    if (known) return known;
    const bearer = bearerIfAny(request);
    const link = bearer === null ? Promise.resolve(null) : this.#options.store.link(hashOfAccessToken(bearer));
    this.#links.set(request, link);
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

  /** Returns the options of the rate limit: each link has its own limit, and requests without a link have their address's. */
  rateLimit(requestsPerMinute: number): RateLimitPluginOptions {
    return {
      max: requestsPerMinute,
      timeWindow: WINDOW_MS,
      keyGenerator: async (request) => {
        const link = await this.#linkIfAny(request);
        return link ? `link ${link.tokenHash}` : `address ${rateLimit.normalizeIP(request.ip)}`;
      },
      errorResponseBuilder: () => tooManyRequests('Too many requests with this link. Try again in a minute.'),
    };
  }
}
