/** The facts about a refusal of the private key, without data of the account. They may show which plan a key needs. */

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

/** Returns the facts of a refusal. */
export function refusalFactsOf({ status, data, text }: Answer): RefusalFacts {
  const contained = new Set(text.toLowerCase().match(/[a-z]+/g));
  const body = new FieldForms(...(isJsonObject(data) ? [data] : [])).toReport();
  return { status, words: REFUSAL_WORDS.filter((word) => contained.has(word)), body };
}
