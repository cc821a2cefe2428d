import { sharedPart } from '../shared-part.ts';

/** Number of requests that TutorCruncher accepts in a minute (TutorCruncher's API docs). */
const REQUESTS_PER_MINUTE = 100;

/**
 * Number of requests of the most expensive run: a Find or Create step that searches for four spellings of a name,
 * creates the person, and reads the person. `test/api/step-throttle.test.ts` counts the requests of every step. The
 * count leaves out further pages of long lists, and also custom fields and the branch, which stay in the cache for ten
 * minutes.
 */
export const REQUESTS_PER_RUN = 6;

/**
 * The limit on the runs of all searches and actions of a connection. Steps share a limit if window, limit, key and
 * scope are the same and the scope is not "action" (documented in zapier-platform-schema 19.1, `ThrottleObjectSchema`).
 * A throttle for the whole app would be the default for each action, but Zapier does not document whether such a
 * throttle also counts triggers and dropdowns. Each step therefore has its own copy of the limit.
 */
export const STEP_THROTTLE = sharedPart({
  window: 60,
  limit: Math.floor(REQUESTS_PER_MINUTE / REQUESTS_PER_RUN),
  key: 'searches_and_actions',
  scope: ['auth' as const],
});
