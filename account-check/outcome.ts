/** The output at the end of a check: one line with the result, and a line with advice for each difference. */

import { isHarmful, type Finding } from './findings.ts';

/** Advice about the differences that the user of the check can resolve, keyed by assumption. */
const OWN_STEPS: ReadonlyMap<string, string> = new Map([
  [
    'access.plan',
    "Ask TutorCruncher's support which plan the key needs, and run the check again. The report shows the format of the refusal.",
  ],
  ['api.host', 'Set the host of your agency: see "Another host of TutorCruncher" in RELEASING.md.'],
  [
    'api.key',
    'In TutorCruncher, open Settings > API, and give the integration the permission to read these records. Until then, ' +
      'steps that need it fail with an error.',
  ],
  [
    'delivery.signature',
    'Check that the key belongs to the integration that sent these webhooks. If it does, do not build Zaps with webhooks, and ' +
      'attach the report to an issue.',
  ],
]);

const TOLERATED = 'The app tolerates this. Attach the report to an issue.';

/** Returns the advice about a difference. */
function stepFor({ name, harm }: Finding): string {
  const own = OWN_STEPS.get(name);
  if (own !== undefined) return own;
  if (harm === 'everything')
    return 'Do not build Zaps until a new version corrects this. Attach the report to an issue.';
  if (harm.length === 0) return TOLERATED;
  return `Until a new version corrects this, do not build Zaps with: ${harm.join('; ')}. Attach the report to an issue.`;
}

/** Returns the line with the result. @param unfinished - the reason why the check ended early, or null */
function resultOf(different: readonly Finding[], unfinished: string | null): string {
  const harmful = different.filter(isHarmful);
  if (harmful.some(({ harm }) => harm === 'everything')) {
    return `Stop: do not build Zaps until the differences below are resolved.${unfinished === null ? '' : ` ${unfinished}`}`;
  }
  if (unfinished !== null) return `Not finished: ${unfinished}`;
  const parts = new Set(harmful.flatMap(({ harm }) => harm));
  if (parts.size > 0) return `Go on without these parts: ${[...parts].join('; ')}.`;
  return different.length > 0 ? 'Go on: the app tolerates all differences.' : 'Go on: nothing differs.';
}

/** Returns the line with the result, and a line for each difference. */
export function outcomeLines(findings: readonly Finding[], unfinished: string | null): string[] {
  const different = findings.filter(({ verdict }) => verdict === 'differs');
  return [resultOf(different, unfinished), ...different.map((finding) => `- ${finding.name}: ${stepFor(finding)}`)];
}
