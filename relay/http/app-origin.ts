/** The refusal of requests from an app that was built for a different relay. */

import type { FastifyRequest } from 'fastify';

import { RELAY_ORIGIN_HEADER } from '../../wire/relay-api.ts';
import { conflict, type Problem } from './problem.ts';

/**
 * Returns the error response to an app that was built for a different origin; undefined if the app was built for this
 * origin. Tokens and webhook URLs depend on the origin. The app sends the origin in a separate header, because proxies
 * sometimes rewrite the Host header. Requests without the separate header are accepted.
 */
export function originProblem({ headers }: FastifyRequest, origin: string): Problem | undefined {
  if ((headers[RELAY_ORIGIN_HEADER] ?? origin) === origin) return undefined;
  return conflict(
    `The app was built for a different relay. The origin of this relay is ${origin}. ` +
      'Developer of the app: build it with RELAY_URL set to this origin. ' +
      'Operator of the relay: if the origin is wrong, correct RELAY_ORIGIN.',
  );
}
