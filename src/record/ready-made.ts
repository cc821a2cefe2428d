/**
 * Ready-made values: texts for messages, derived from the values that TutorCruncher sent, which they never replace. A
 * record has them under keys of their own, which follow from the keys of the record:
 *
 * - `x_text` for a date-time, a date, an amount, a status or the like, and a text that may contain HTML. A date-time of
 *   the subject itself also has `x_date` and `x_time`.
 * - `x_when` for a record with `x_start` and `x_finish`, and `x_duration_minutes` if the record is the subject.
 * - `x_pdf` for a subject with the link `x_pdf_url`: the file.
 * - `x_mobile_international` and `x_phone_international` for a record with `x_country`.
 */

import type { Scalar } from '../../wire/json.ts';
import { dayText, localTime, spanText, textOf, type LocalTime } from './local-time.ts';
import type { Locale } from './locale.ts';
import { amountText } from './money.ts';
import { plainText } from './plain-text.ts';
import { productValues } from './product-values.ts';
import type { FieldValue, FlatRecord } from './record.ts';

const OFFSET_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns true for a date-time with an offset from UTC, as TutorCruncher sends it. */
export const isOffsetDateTime = (value: unknown): boolean => typeof value === 'string' && OFFSET_DATE_TIME.test(value);

/** Returns true for a date without a time. */
const isPlainDate = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);

/** Matches the names of keys that hold date-times, for keys that are null in the sample. */
const DATE_TIME_KEY = /_(?:date|dt)_(?!(?:text|date|time)$)[a-z]+$|_[a-z]+_dt$/;

/**
 * Returns true for a key that holds a date-time.
 *
 * @param value - its value in a sample record
 */
export const isMomentKey = (key: string, value: FieldValue): boolean =>
  value === null ? DATE_TIME_KEY.test(key) : isOffsetDateTime(value);

/** Kinds of values with a text. `value` is a status or the like, and `pdf` a link, which has a file instead. */
export type Kind = 'amount' | 'value' | 'html' | 'phone' | 'pdf' | 'time';

/** Matches the keys of amounts of money. */
export const AMOUNT =
  /(?:^|_)(?:amount|gross|net|tax|cost|still_to_pay|amount_owed|amount_paid|payment_pending|pay_tutor|(?<!commission_)rate|balance|extra_fee_per_lesson|student_premium)$/;
/** Fields whose values TutorCruncher's API spells as words for programs. */
const VALUE = /(?:^|_)(?:status|permissions|received_notifications|task_type)$/;
const HTML = /(?:^|_)note_text$/;
const PHONE = /^(.*_)?(?:mobile|phone)$/;
/** The end of the keys of times that nobody writes to others. Nested records have no text of them. */
export const UPDATE = '_updated';

/** Returns the kind of a value by its key. */
export const kindOf = (key: string): Kind => {
  if (AMOUNT.test(key)) return 'amount';
  if (VALUE.test(key)) return 'value';
  if (HTML.test(key)) return 'html';
  if (key.endsWith('_pdf_url')) return 'pdf';
  return PHONE.test(key) ? 'phone' : 'time';
};

/** A value, and the keys of its texts. */
interface Texts {
  readonly key: string;
  readonly kind: Kind;
  readonly text: string;
  /** Keys of the date and the time; null if the record does not have them. */
  readonly date: string | null;
  readonly time: string | null;
}

/** The keys of a start, a finish and the values derived from both. */
interface Span {
  readonly start: string;
  readonly finish: string;
  readonly when: string;
  /** Null if the record does not have the duration. */
  readonly minutes: string | null;
}

/** The keys of a record's ready-made values. */
export interface ReadyMadeKeys {
  readonly texts: readonly Texts[];
  readonly spans: readonly Span[];
}

export const NO_READY_MADE_KEYS: ReadyMadeKeys = { texts: [], spans: [] };

/** Returns true for the key of a file. */
export const isFileKey = (key: string): boolean => key.endsWith('_pdf');

const START = /^(.*_)?start$/;

const fileKeyOf = (link: string): string => link.slice(0, -'_url'.length);

const countryKeyOf = (phoneKey: string): string => phoneKey.replace(/(?:mobile|phone)$/, 'country');

/** A key of a record. A ready-made value has the same place in the order as the value that it is derived from. */
export interface PlacedKey {
  readonly key: string;
  /** The key that the value is derived from; the key itself for a value that TutorCruncher sent. */
  readonly source: string;
}

/**
 * Adds the keys of ready-made values to the keys of a record, each beside the key that it is derived from.
 *
 * @param values - the values of the keys in a sample record
 * @param isSubject - false for a nested record and for an item of a list
 */
export function withReadyMadeKeys(values: ReadonlyMap<string, FieldValue>, isSubject: boolean): PlacedKey[] {
  const derivedOf = (key: string, value: FieldValue): { before: string[]; after: string[] } => {
    const kind = kindOf(key);
    const text = { before: [`${key}_text`], after: [] };
    if (kind === 'amount' && typeof value === 'number') return text;
    if (kind === 'value' && (value === null || typeof value === 'string')) return text;
    if (kind === 'html') return text;
    if (kind === 'pdf' && isSubject) return { before: [fileKeyOf(key)], after: [] };
    if (kind === 'phone' && values.has(countryKeyOf(key))) return { before: [], after: [`${key}_international`] };
    if (isPlainDate(value)) return text;
    if (!isMomentKey(key, value) || (!isSubject && key.endsWith(UPDATE))) return { before: [], after: [] };
    return isSubject ? { ...text, after: [`${key}_date`, `${key}_time`] } : text;
  };
  const spanOf = (key: string): string[] => {
    const prefix = START.exec(key)?.[1];
    const [start, finish] = [values.get(key) ?? null, values.get(`${prefix ?? ''}finish`) ?? null];
    if (prefix === undefined || !isMomentKey(key, start) || !isMomentKey(`${prefix}finish`, finish)) return [];
    return [`${prefix}when`, ...(isSubject ? [`${prefix}duration_minutes`] : [])];
  };
  return [...values].flatMap(([key, value]) => {
    const { before, after } = derivedOf(key, value);
    return [
      ...spanOf(key).map((derived) => ({ key: derived, source: derived })),
      ...[...before, key, ...after].map((each) => ({ key: each, source: key })),
    ];
  });
}

/** Finds the ready-made values among the keys of a record, which {@link withReadyMadeKeys} has added. */
export function readyMadeKeysAmong(keys: readonly string[]): ReadyMadeKeys {
  const all = new Set(keys);
  const present = (key: string): string | null => (all.has(key) ? key : null);
  return {
    texts: keys.flatMap((key) => {
      const kind = kindOf(key);
      const text = present(kind === 'pdf' ? fileKeyOf(key) : `${key}_${kind === 'phone' ? 'international' : 'text'}`);
      return text === null ? [] : [{ key, kind, text, date: present(`${key}_date`), time: present(`${key}_time`) }];
    }),
    spans: keys.flatMap((when) => {
      const prefix = /^(.*_)?when$/.exec(when)?.[1];
      if (prefix === undefined || !all.has(`${prefix}start`)) return [];
      return [
        { start: `${prefix}start`, finish: `${prefix}finish`, when, minutes: present(`${prefix}duration_minutes`) },
      ];
    }),
  };
}

/** Returns the text of a value, except for a date-time; null if the value is not of this kind. */
function textOfKind(kind: Kind, key: string, value: unknown, { currencySign }: Locale): string | null {
  if (kind === 'amount') return amountText(value, currencySign);
  if (kind === 'time') return dayText(value);
  if (kind === 'phone' || kind === 'pdf' || typeof value !== 'string') return null;
  return kind === 'html' ? plainText(value) : productValues(key, value);
}

/**
 * Returns an amount, a status, an HTML text or a date as a message would contain it; null for any other value.
 *
 * @param key - its key, which determines the kind of value
 */
export const readyMadeText = (key: string, value: Scalar, locale: Locale): string | null =>
  textOfKind(kindOf(key), key, value, locale);

/** Returns the texts of a date-time or a date by the end of their keys; null for any other value. */
export function timeTexts(value: unknown, { timeZone }: Locale): Readonly<Record<string, string>> | null {
  const local = localTime(value, timeZone);
  if (local) return { text: textOf(local), date: local.date, time: local.time };
  const text = dayText(value);
  return text === null ? null : { text };
}

/**
 * Fills the ready-made values of a record or an item that contains their keys. Values that TutorCruncher sent are never
 * replaced.
 */
export function fillReadyMade(record: FlatRecord, { texts, spans }: ReadyMadeKeys, locale: Locale): void {
  const times = new Map<string, LocalTime>();
  for (const { key, kind, text, date, time } of texts) {
    const value = record[key];
    if (kind === 'pdf') record[text] ??= locale.pdf?.(record, text) ?? null;
    if (value === null || value === undefined) continue;
    const local = kind === 'time' ? localTime(value, locale.timeZone) : null;
    if (kind === 'phone') record[text] ??= locale.internationalNumber(value, record[countryKeyOf(key)]);
    else record[text] ??= local ? textOf(local) : textOfKind(kind, key, value, locale);
    if (!local) continue;
    if (spans.length > 0) times.set(key, local);
    if (date !== null) record[date] ??= local.date;
    if (time !== null) record[time] ??= local.time;
  }
  for (const { start, finish, when, minutes } of spans) {
    const [from, to] = [times.get(start), times.get(finish)];
    if (!from || !to || to.moment < from.moment) continue;
    record[when] ??= spanText(from, to);
    if (minutes !== null) record[minutes] ??= Math.round((to.moment - from.moment) / 60_000);
  }
}
