import { sharedPart } from './shared-part.ts';

/**
 * The limit on the runs of all searches and actions of a connection. TutorCruncher accepts 100 requests per minute, and
 * a run makes three of them on average.
 *
 * Steps share a limit if window, limit, key and scope are the same and the scope is not "action" (documented in
 * zapier-platform-schema 19.1, `ThrottleObjectSchema`). A throttle of the whole app is the default of "each action",
 * but it is not documented whether triggers and dropdowns then count, too. Each step therefore has the limit itself.
 */
export const STEP_THROTTLE = sharedPart({
  window: 60,
  limit: 30,
  key: 'searches_and_actions',
  scope: ['auth' as const],
});
