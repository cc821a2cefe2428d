/** The report of a check: facts in a fixed vocabulary, and the guard that rejects a report with anything else. */

import ownPackage from '../package.json' with { type: 'json' };
import { isJsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import type { ActionFacts } from './action-types.ts';
import { LIMIT_HEADERS, type ConnectionFacts } from './connection.ts';
import type { DeliveryFacts } from './deliveries.ts';
import type { DetailFacts } from './details.ts';
import { readAssumptions } from './fact-sheet.ts';
import { FILTERS, type FilterOutcome } from './filters.ts';
import type { Finding, Findings, Verdict } from './findings.ts';
import { FORM, SEPARATOR } from './forms.ts';
import { ENUMERATIONS, KNOWN_ACTIONS, KNOWN_FIELDS, LIST_PATHS } from './known-words.ts';
import type { LessonTimeFacts } from './lesson-times.ts';
import type { ListFacts } from './lists.ts';
import type { OptionFacts } from './options.ts';
import { REFUSAL_WORDS, type RefusalFacts } from './refusal.ts';

/** The facts of a check, keyed by subject. Subjects that could not be checked are missing. */
export interface Facts {
  connection?: ConnectionFacts;
  lists?: Record<string, ListFacts>;
  details?: Record<string, DetailFacts>;
  filters?: Record<string, Record<string, FilterOutcome>>;
  lessonTimes?: LessonTimeFacts;
  options?: Record<string, OptionFacts>;
  actions?: ActionFacts;
  deliveries?: DeliveryFacts;
  refusal?: RefusalFacts;
}

/** A report. */
export interface Report extends Facts {
  readonly app: string;
  readonly isFinished: boolean;
  readonly findings: Readonly<Record<string, Verdict>>;
}

/** Returns the report of a check. */
export const reportOf = (facts: Facts, findings: Findings, isFinished: boolean): Report => ({
  app: ownPackage.version,
  isFinished,
  findings: Object.fromEntries(findings.all.map(({ name, verdict }) => [name, verdict])),
  ...facts,
});

/** The names of the report's own fields, and the words of its verdicts and facts. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  ...['app', 'isFinished', 'findings', 'holds', 'differs', 'unknown'],
  ...['connection', 'lists', 'details', 'filters', 'lessonTimes', 'options', 'actions', 'deliveries'],
  ...['refusal', 'words', 'body', ...REFUSAL_WORDS],
  ...['host', 'standard', 'other', 'wrongKeyStatus', 'withoutSlashStatus', 'branch', 'limitHeaders'],
  ...['status', 'rows', 'isEnvelope', 'order', 'newest first', 'undated', 'none', 'first', 'last', 'between'],
  ...['nextPage', 'same host', 'other host', 'pastEndStatus', 'statuses', 'fields', 'unknownFields'],
  ...['records', 'shape', 'flat', 'user', 'missing', 'otherTypes', 'values'],
  ...['applied', 'applied, and refused', 'ignored', 'wrong records', 'refused'],
  ...['startLte', 'start', 'finish', 'timeOfDay', 'counts', 'does not count', 'acceptsDate'],
  ...['takesPost', 'describesCustomFields', 'enquiry', 'notes', 'send_reminder'],
  ...['isList', 'unknownToTutorCruncher', 'withoutTrigger', 'unknownModels'],
  ...['wrongSignatures', 'eventsPerDelivery', 'models', 'otherActions', 'bursts', 'repeats', 'delays', 'events'],
  ...['absent', 'empty', 'under 10 seconds', 'under 1 minute', 'under 20 minutes', 'longer'],
  ...LIMIT_HEADERS,
  ownPackage.version,
]);

/** TutorCruncher's names and values that our code knows. */
const TUTORCRUNCHER_WORDS: ReadonlySet<string> = new Set([
  ...LIST_PATHS,
  ...KNOWN_FIELDS,
  ...KNOWN_ACTIONS,
  ...FILTERS.map(({ name }) => name),
  ...Object.values(OBJECT_NAMES),
  ...Object.values(ENUMERATIONS).flatMap((values) => [...values]),
]);

/** Returns true for a text that consists of the forms of one field. */
const isForms = (text: string): boolean => text.split(SEPARATOR).every((form) => FORM.test(form));

/** Returns true for the path of a known field: `client.email`, `rcras[].status`. */
const isKnownPath = (text: string): boolean =>
  text.split('.').every((part) => KNOWN_FIELDS.has(part.replace(/\[\]$/, '')));

/** Returns true for a rounded count or an HTTP status. */
const isKnownNumber = (value: number): boolean =>
  value === 0 || /^10*$/.test(String(value)) || /^[1-5]\d\d$/.test(String(value));

/** Returns every text and number in a value, including names of fields. */
function contentsOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return value.flatMap(contentsOf);
  if (isJsonObject(value)) return Object.entries(value).flatMap(([name, member]) => [name, ...contentsOf(member)]);
  return typeof value === 'string' || typeof value === 'number' ? [value] : [];
}

/**
 * Thrown if a report contains a word or number that is not in its vocabulary. The message does not repeat the word or
 * number.
 */
export class UnsafeReport extends Error {}

/** Returns a function that checks if a text belongs to the vocabulary. */
function wordTest(): (text: string) => boolean {
  const names = readAssumptions();
  return (text) =>
    OWN_WORDS.has(text) || TUTORCRUNCHER_WORDS.has(text) || names.has(text) || isForms(text) || isKnownPath(text);
}

/** Matches the code of an action, which TutorCruncher defines. */
const ACTION = /^[A-Z]+(?:_[A-Z]+)+$/;

/**
 * Makes sure that the differences in verdicts, which are printed, contain no value of the account. The differences can
 * contain words of the vocabulary and codes of actions.
 *
 * @throws {UnsafeReport} if the differences contain anything else that the check has read
 */
export function guardDifferences(findings: readonly Pick<Finding, 'differences'>[], values: ReadonlySet<string>): void {
  const isWord = wordTest();
  const texts = findings.flatMap(({ differences }) => differences).flatMap((text) => [text, ...text.split(/[,?.]\s*/)]);
  if (!texts.some((text) => values.has(text) && text !== '' && !isWord(text) && !ACTION.test(text))) return;
  throw new UnsafeReport(
    'A line about a difference would contain a value of your account, so nothing was printed or written. Send this ' +
      'message to the maintainers.',
  );
}

/**
 * Makes sure that a report contains only its vocabulary. The error states whether the report would have contained a
 * value of the account.
 *
 * @param values - all values that the check has read
 * @throws {UnsafeReport} if the report contains anything else
 */
export function guardReport(report: unknown, values: ReadonlySet<string>): void {
  const isWord = wordTest();
  // A key can consist of several words with slashes between them, such as `invoices/send_reminder`.
  const isKnown = (text: string): boolean => isWord(text) || text.split('/').every(isWord);
  const others = contentsOf(report).filter((entry) =>
    typeof entry === 'number' ? !isKnownNumber(entry) : !isKnown(entry),
  );
  if (others.length === 0) return;
  const texts = others.map(String);
  const isOfAccount = [...values].some((value) => value !== '' && texts.some((text) => text.includes(value)));
  throw new UnsafeReport(
    isOfAccount
      ? 'The report would contain a value of your account, so it was neither printed nor written. Send this message to the maintainers.'
      : 'The report would contain a word that is not in its vocabulary, so it was neither printed nor written. Send ' +
          'this message to the maintainers.',
  );
}

/** Matches the innermost lists and objects in JSON text. */
const INNERMOST = /\[(?:\s*(?:"[^"]*"|[\w.]+),?)*\s*\]|\{(?:\s*"[^"]*": (?:"[^"]*"|[\w.]+),?)*\s*\}/g;

/** Returns a report as JSON text, with each innermost list and object on one line. */
export const reportText = (report: Report): string =>
  `${JSON.stringify(report, null, 1).replace(INNERMOST, (inner) => inner.replace(/\s*\n\s*/g, ' '))}\n`;
