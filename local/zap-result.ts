/**
 * Result of a Zap's run, which the stand-in for Zapier reports to `npm start -- send`. Zapier itself reports nothing.
 */

import { isJsonObject } from '../wire/json.ts';
import type { Outcome } from './zapier.ts';

/** Request header that asks the stand-in to respond after the Zap has run and to include the result. */
export const REPORT_HEADER = 'x-report-zap-result';

/** For an accepted delivery, the Zap receives one record for each event that the trigger keeps, or none. */
export type ZapResult =
  | { readonly result: 'accepted'; readonly records: number }
  | { readonly result: 'refused' | 'failed'; readonly message: string };

/** Receives the result of a Zap's run. */
export type Report = (result: ZapResult) => void;

/** Returns the result of a run without the contents of its records. */
export function zapResultOf(outcome: Outcome): ZapResult {
  if ('records' in outcome) return { result: 'accepted', records: outcome.records.length };
  return { result: outcome.isRefusal ? 'refused' : 'failed', message: outcome.error };
}

/**
 * Reads a result from the body of a response.
 *
 * @returns null if the body contains no result, which means that the server is not the stand-in
 */
export function parseZapResult(body: string): ZapResult | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const zap = isJsonObject(parsed) ? parsed.zap : null;
  if (!isJsonObject(zap)) return null;
  const { result, records, message } = zap;
  if (result === 'accepted' && typeof records === 'number') return { result, records };
  if ((result === 'refused' || result === 'failed') && typeof message === 'string') return { result, message };
  return null;
}

/** Returns a count with its noun, such as "1 record" or "2,000 bytes". */
export const countOf = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
