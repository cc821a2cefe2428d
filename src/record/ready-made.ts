/**
 * Ready-made values: values for messages that are derived from the values that TutorCruncher sent. Ready-made values
 * never replace sent values. The keys of ready-made values are derived from a key or prefix `x` of the record:
 *
 * - `x_text` for a date-time, a date, an amount, a status or a similar word, and a text that can contain HTML. A
 *   date-time of the subject itself also has `x_date` and `x_time`.
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

/** Matches the keys of date-times. Used only for a key whose value in the sample record is null. */
const DATE_TIME_KEY = /_(?:date|dt)_(?!(?:text|date|time)$)[a-z]+$|_[a-z]+_dt$/;

/** Returns true for a key that holds a date-time. @param value - the value of the key in a sample record */
export const isMomentKey = (key: string, value: FieldValue): boolean =>
  value === null ? DATE_TIME_KEY.test(key) : isOffsetDateTime(value);

/**
 * Kinds of values that have a ready-made value. `value` is a status or a similar word. `pdf` is a link to a PDF, whose
 * ready-made value is the file.
 */
export type Kind = 'amount' | 'value' | 'html' | 'phone' | 'pdf' | 'time';

/** Matches the keys of amounts of money. */
export const AMOUNT =
  /(?:^|_)(?:amount|gross|net|tax|cost|still_to_pay|amount_owed|amount_paid|payment_pending|pay_tutor|(?<!commission_)rate|balance|extra_fee_per_lesson|student_premium)$/;
/** Matches the keys of values that are words for programs, such as the status `awaiting-report`. */
const VALUE = /(?:^|_)(?:status|permissions|received_notifications|task_type)$/;
const HTML = /(?:^|_)note_text$/;
const PHONE = /^(.*_)?(?:mobile|phone)$/;
/**
 * Ending of the keys of update times. Nested records have no texts for their update times, because nobody uses these
 * times in messages.
 */
export const UPDATE = '_updated';

/** Returns the kind of a value, which depends only on the value's key. */
export const kindOf = (key: string): Kind => {
  if (AMOUNT.test(key)) return 'amount';
  if (VALUE.test(key)) return 'value';
  if (HTML.test(key)) return 'html';
  if (key.endsWith('_pdf_url')) return 'pdf';
  return PHONE.test(key) ? 'phone' : 'time';
};

/** Returns true for the key of a PDF file. */
export const isFileKey = (key: string): boolean => key.endsWith('_pdf');

const START = /^(.*_)?start$/;

const fileKeyOf = (link: string): string => link.slice(0, -'_url'.length);

const countryKeyOf = (phoneKey: string): string => phoneKey.replace(/(?:mobile|phone)$/, 'country');

/**
 * A key of a record (`key`), and the key of the value from which the value of `key` is derived (`source`). The two keys
 * are equal for a value that TutorCruncher sent, and for a value that is derived from a start and a finish.
 */
interface PlacedKey {
  readonly key: string;
  readonly source: string;
}

/**
 * Adds the keys of ready-made values to the keys of a record. Each added key is next to the key from which its value is
 * derived.
 *
 * @param values - the values of the keys in a sample record
 * @param isSubject - false for a nested record and for an item of a list
 */
export function withReadyMadeKeys(values: ReadonlyMap<string, FieldValue>, isSubject: boolean): PlacedKey[] {
  /** Returns a key and the keys of the ready-made values that are derived from its value. */
  const withTexts = (key: string, value: FieldValue): string[] => {
    const kind = kindOf(key);
    if (kind === 'pdf' && isSubject) return [fileKeyOf(key), key];
    if (kind === 'phone' && values.has(countryKeyOf(key))) return [key, `${key}_international`];
    const hasText =
      (kind === 'amount' && typeof value === 'number') ||
      (kind === 'value' && (value === null || typeof value === 'string')) ||
      kind === 'html' ||
      dayText(value) !== null;
    if (hasText) return [`${key}_text`, key];
    if (!isMomentKey(key, value) || (!isSubject && key.endsWith(UPDATE))) return [key];
    return [`${key}_text`, key, ...(isSubject ? [`${key}_date`, `${key}_time`] : [])];
  };
  const isMoment = (key: string): boolean => isMomentKey(key, values.get(key) ?? null);
  const spanOf = (key: string): string[] => {
    const prefix = START.exec(key)?.[1];
    if (prefix === undefined || !isMoment(key) || !isMoment(`${prefix}finish`)) return [];
    return [`${prefix}when`, ...(isSubject ? [`${prefix}duration_minutes`] : [])];
  };
  return [...values].flatMap(([key, value]) => [
    ...spanOf(key).map((derived) => ({ key: derived, source: derived })),
    ...withTexts(key, value).map((each) => ({ key: each, source: key })),
  ]);
}

/** The keys of a record's ready-made values. */
type ReadyMadeKeys = Readonly<ReturnType<typeof readyMadeKeysAmong>>;

/** Finds the keys of ready-made values, which {@link withReadyMadeKeys} has added, among the keys of a record. */
export function readyMadeKeysAmong(keys: readonly string[]) {
  const all = new Set(keys);
  const present = (key: string): string | null => (all.has(key) ? key : null);
  return {
    /**
     * The keys of values and of their texts. `date` and `time` are null for a value without a separate date and time.
     */
    texts: keys.flatMap((key) => {
      const kind = kindOf(key);
      const text = present(kind === 'pdf' ? fileKeyOf(key) : `${key}_${kind === 'phone' ? 'international' : 'text'}`);
      return text === null ? [] : [{ key, kind, text, date: present(`${key}_date`), time: present(`${key}_time`) }];
    }),
    /**
     * The keys of each start and finish, and of the values derived from them. `minutes` is null if the record has no
     * key for the length.
     */
    spans: keys.flatMap((when) => {
      const prefix = /^(.*_)?when$/.exec(when)?.[1];
      const [start, finish, minutes] = [`${prefix}start`, `${prefix}finish`, present(`${prefix}duration_minutes`)];
      return prefix !== undefined && all.has(start) ? [{ start, finish, when, minutes }] : [];
    }),
  };
}

/** Returns the text of a value; null for a date-time, and for a value that does not have the given kind. */
function textOfKind(kind: Kind, key: string, value: unknown, { currencySign }: Locale): string | null {
  if (kind === 'amount') return amountText(value, currencySign);
  if (kind === 'time') return dayText(value);
  if (kind === 'phone' || kind === 'pdf' || typeof value !== 'string') return null;
  return kind === 'html' ? plainText(value) : productValues(key, value);
}

/**
 * Returns the text used in messages for an amount, a status, an HTML text or a date; null for any other value.
 *
 * @param key - the key of the value, which determines its kind
 */
export const readyMadeText = (key: string, value: Scalar, locale: Locale): string | null =>
  textOfKind(kindOf(key), key, value, locale);

/** Returns the texts of a date-time or a date, keyed by the ending of each text's key; null for any other value. */
export function timeTexts(value: unknown, { timeZone }: Locale): Readonly<Record<string, string>> | null {
  const local = localTime(value, timeZone);
  if (local) return { text: textOf(local), date: local.date, time: local.time };
  const text = dayText(value);
  return text === null ? null : { text };
}

/** Sets the ready-made values of a record or an item. Never replaces a value that TutorCruncher sent. */
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
