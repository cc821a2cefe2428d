/** The check that an app was built for this relay's origin. */

import type { onRequestHookHandler } from 'fastify';

import { RELAY_ORIGIN_HEADER } from '../../wire/relay-api.ts';
import { conflict } from './problem.ts';

/**
 * Returns the hook that refuses requests from an app that was built for another origin. The tokens and webhook URLs of
 * such an app belong to the other relay. The app sends the origin for which it was built in a separate header, because
 * a proxy may rewrite the Host header. Requests without this header are accepted.
 *
 * @param origin - the relay's public origin
 */
export const originCheck =
  (origin: string): onRequestHookHandler =>
  ({ headers: { [RELAY_ORIGIN_HEADER]: expected } }, _reply, done) => {
    if (expected === undefined || expected === origin) {
      done();
      return;
    }
    const problem = conflict(
      `The app was built for a different relay. The origin of this relay is ${origin}. ` +
        'Developer of the app: build it with RELAY_URL set to this origin. ' +
        'Operator of the relay: if the origin is wrong, correct RELAY_ORIGIN.',
    );
    done(problem);
  };
