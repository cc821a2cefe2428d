/** The searches of console links. The searches with one link run one after another. */

import type { FastifyRequest } from 'fastify';

import type { ConsoleLink } from '../store/console/links.ts';
import { createTurns, TooManyWaiting } from '../turns.ts';
import { tooManyRequests } from './problem.ts';

/**
 * Maximum number of searches with one link that wait for a running search with the same link. A page needs three
 * searches.
 */
const MAX_WAITING_SEARCHES = 10;

/**
 * Creates the function that runs a search after all earlier searches with the same link. The function throws a
 * `Problem` with status 429 if too many searches are waiting.
 *
 * @param linkOf - returns the console link that a request uses
 */
export function createConsoleSearches(linkOf: (request: FastifyRequest) => Promise<ConsoleLink>) {
  const turns = createTurns(MAX_WAITING_SEARCHES);
  return async function search<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> {
    const { tokenHash } = await linkOf(request);
    try {
      return await turns(tokenHash, work);
    } catch (error) {
      throw error instanceof TooManyWaiting
        ? tooManyRequests('Too many searches with this link. Try again soon.')
        : error;
    }
  };
}
