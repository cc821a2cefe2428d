/** The summary of a search's matches. With the summary, a Zap can send all matches in one message. */

import { entryText, onOneLine, type Separator } from '../../record/joined-texts.ts';
import { amountText } from '../../record/money.ts';
import type { FlatRecord } from '../../record/record.ts';
import { slug } from '../../record/product-words.ts';

/** Maximum number of matches in the text. */
const MAX_LINES = 100;

/** Returns the values that are non-empty texts. */
export const textsAmong = (values: readonly unknown[]): string[] =>
  values.filter((value) => typeof value === 'string').filter((text) => text !== '');

/** Joins those values from TutorCruncher that are non-empty texts. Each text becomes one entry. */
export const joined = (values: readonly unknown[], separator: Separator = ', '): string =>
  textsAmong(textsAmong(values).map((text) => entryText(text, separator))).join(separator);

/** Statuses of records that a search lists but leaves out of totals, unless the step chooses these statuses. */
interface UncountedStatuses {
  /** The key of the status in a record. */
  readonly key: string;
  readonly statuses: readonly string[];
}

/** The parts of a summary that depend on the object. */
export interface SummaryRules {
  /** Returns the line that describes a match. @param record - the record of the match's row */
  readonly line: (record: FlatRecord) => string;
  /** The key of the durations, in minutes, that the summary adds up. */
  readonly minutes?: string;
  readonly amount?: string;
  readonly stillToPay?: string;
  readonly uncounted?: UncountedStatuses;
}

/** The matches of a search. */
interface Matches {
  /** The records of all matching rows. */
  readonly rows: readonly FlatRecord[];
  readonly results: readonly FlatRecord[];
  /** True if the search has compared every row that might match. */
  readonly isCompared: boolean;
  /** True if the results include every record that matches. */
  readonly isComplete: boolean;
  /** The statuses that the step chooses; null if the step accepts all statuses. */
  readonly statuses: readonly string[] | null;
}

/** Returns the sum of the values under a key, rounded to two decimals; null if a record has no number under the key. */
function totalOf(records: readonly FlatRecord[], key: string): number | null {
  const values = records.map((record) => record[key]);
  if (!values.every((value) => typeof value === 'number')) return null;
  return Math.round(values.reduce((sum, value) => sum + value, 0) * 100) / 100;
}

/** Returns the records that are included in totals; null if a record has no status. */
function countedOf({ rows, statuses }: Matches, { uncounted }: SummaryRules): readonly FlatRecord[] | null {
  if (!uncounted) return rows;
  const leftOut = uncounted.statuses.filter((status) => !statuses?.includes(status)).map(slug);
  if (rows.some((record) => typeof record[uncounted.key] !== 'string')) return null;
  return rows.filter((record) => !leftOut.includes(slug(joined([record[uncounted.key]]))));
}

function matchesText({ rows, isCompared }: Matches, line: SummaryRules['line']): string {
  const further = rows.length - MAX_LINES;
  return [
    ...rows.slice(0, MAX_LINES).map((row) => onOneLine(line(row))),
    ...(further > 0 ? [`and ${further} more`] : []),
    ...(isCompared ? [] : ['There may be more, which were not compared.']),
  ].join('\n');
}

/** Returns two fields for an amount: a text with the currency, and a number. */
const amountFields = (key: string, amount: number | null, sign: string): FlatRecord => ({
  [`${key}_text`]: amountText(amount, sign),
  [key]: amount,
});

/** Returns the summary of the matches of a search. */
export function summaryOf(rules: SummaryRules, matches: Matches, currencySign: string): FlatRecord {
  const { line, minutes, amount, stillToPay } = rules;
  const { rows, results, isComplete, isCompared } = matches;
  const counted = countedOf(matches, rules);
  const total = minutes === undefined || !counted ? null : totalOf(counted, minutes);
  const left = stillToPay === undefined || !isCompared ? null : totalOf(rows, stillToPay);
  const leftOfResults = stillToPay === undefined || !isComplete ? null : totalOf(results, stillToPay);
  return {
    matches: rows.length,
    matches_as_text: matchesText(matches, line),
    ...(minutes !== undefined && { total_hours: total === null ? null : Math.round((total / 60) * 100) / 100 }),
    ...(amount !== undefined && amountFields('total_amount', counted && totalOf(counted, amount), currencySign)),
    ...(stillToPay !== undefined && amountFields('total_still_to_pay', left ?? leftOfResults, currencySign)),
    is_complete: isComplete,
  };
}
