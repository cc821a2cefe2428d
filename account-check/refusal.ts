/**
 * Finds the responses that end a check, and reports facts about the refusal of a private key. These facts can show
 * which plan a key needs, and contain no data of the account.
 */

import { isKeyRejected, PLAN_ADVICE } from '../src/api/error-response.ts';
import { isJsonObject } from '../wire/json.ts';
import { FieldForms, type ReportedForms } from './forms.ts';
import type { Answer } from './send-read.ts';

/** The section of the report about the first response that refuses the private key. */
export interface RefusalFacts {
  readonly status: number;
  /** The words of {@link REFUSAL_WORDS} that the body contains. */
  readonly words: string[];
  readonly body: ReportedForms;
}

/**
 * Words that show whether the plan, a missing permission or a wrong key caused a refusal. The report contains no other
 * word of the body.
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
 * Returns true for a status with which a server can refuse the key of a request. A redirect can point to a page about
 * plans, or to a login page.
 */
export const isRefusal = ({ status }: Pick<Answer, 'status'>): boolean =>
  (status >= 300 && status < 400) || [401, 402, 403].includes(status);

/**
 * Returns the reason why a response ends the check; null if the check continues. A missing permission does not end the
 * check, because the key can have other permissions.
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
