/**
 * The refusals of the private key: the responses that end the check, and the facts about a refusal, without data of the
 * account. The facts may show which plan a key needs.
 */

import { isKeyRejected, PLAN_ADVICE } from '../src/api/error-response.ts';
import { isJsonObject } from '../wire/json.ts';
import { FieldForms, type ReportedForms } from './forms.ts';
import type { Answer } from './send-read.ts';

/** The first response that refuses the private key, in a report. */
export interface RefusalFacts {
  readonly status: number;
  /** The words of {@link REFUSAL_WORDS} that the body contains. */
  readonly words: string[];
  readonly body: ReportedForms;
}

/**
 * Words that distinguish refusals because of the plan, of a permission and of a wrong key. No other word of the body is
 * kept.
 */
export const REFUSAL_WORDS: readonly string[] = [
  ...['plan', 'subscription', 'upgrade', 'startup', 'enterprise', 'billing', 'payment', 'trial', 'feature', 'zapier'],
  ...[
    'permission',
    'forbidden',
    'token',
    'credentials',
    'authentication',
    'invalid',
    'inactive',
    'disabled',
    'expired',
  ],
  ...['login', 'firewall', 'cloudflare'],
];

/**
 * Returns true for a status that may refuse a request because of its key. A redirect may lead to a page about plans, or
 * to a login.
 */
export const isRefusal = ({ status }: Pick<Answer, 'status'>): boolean =>
  (status >= 300 && status < 400) || [401, 402, 403].includes(status);

/**
 * Returns the reason why a response ends the check; null if the check continues. A key that lacks one permission may
 * have others.
 */
export function reasonToStop({ status, data }: Answer): string | null {
  if (isKeyRejected({ status, data })) {
    return `TutorCruncher rejects the private key. Copy it from Settings > API, and run the check again. ${PLAN_ADVICE}`;
  }
  if (isRefusal({ status }) && status !== 403) {
    return `TutorCruncher refuses the request (status ${status}). ${PLAN_ADVICE}`;
  }
  if (status === 429) {
    return 'TutorCruncher accepts no more requests at the moment (status 429). Run the check again when fewer Zaps run.';
  }
  if (status >= 500) return `TutorCruncher has a problem (status ${status}). Run the check again later.`;
  const needsData = status < 300 || status === 400 || status === 403;
  if (needsData && data === undefined) {
    return `TutorCruncher, or a firewall in front of it, responded with a web page (status ${status}). Run the check again later.${status === 403 ? ` ${PLAN_ADVICE}` : ''}`;
  }
  return null;
}

/** Returns the facts of a refusal. */
export function refusalFactsOf({ status, data, text }: Answer): RefusalFacts {
  const contained = new Set(text.toLowerCase().match(/[a-z]+/g));
  const body = new FieldForms(...(isJsonObject(data) ? [data] : [])).toReport();
  return { status, words: REFUSAL_WORDS.filter((word) => contained.has(word)), body };
}
