/**
 * Advice on a private key that looks valid and is refused. TutorCruncher's price pages name the plans. It is unknown
 * which plan a key needs, and how the key of another plan is refused (`access.plan` in docs/tutorcruncher.md).
 */
export const PLAN_ADVICE =
  "If the key is right, the agency's plan may be the cause: by TutorCruncher's price pages, Zapier access begins with " +
  "the plan Startup, and API access is part of Enterprise. Ask TutorCruncher's support which plan the key needs.";
