/**
 * Ready-made times: texts for messages about the moments that a subject contains. The record also contains the values
 * that TutorCruncher sent. Moments of nested records get no ready-made times.
 */

import { dayText, localTime, spanText, textOf, type LocalTime } from './local-time.ts';
import { isMomentKey, isPlainDate } from './moment-keys.ts';
import type { FieldValue, FlatRecord } from './record.ts';
import type { TimeZone } from './time-zone.ts';

/** The keys of a moment and of the texts derived from it. */
interface Moment {
  readonly key: string;
  readonly text: string;
  readonly date: string;
  readonly time: string;
}

/** The keys of a start, a finish and the values derived from both. */
interface Span {
  readonly start: string;
  readonly finish: string;
  readonly when: string;
  readonly minutes: string;
}

/** The static keys of an object that hold moments. */
export interface TimeKeys {
  readonly moments: readonly Moment[];
  readonly dates: readonly { readonly key: string; readonly text: string }[];
  readonly span: Span | null;
}

const momentOf = (key: string): Moment => ({ key, text: `${key}_text`, date: `${key}_date`, time: `${key}_time` });

/**
 * Finds the moments among a subject's own keys.
 *
 * @param values - the values of the keys in a sample record
 */
export function timeKeysOf(prefix: string, values: ReadonlyMap<string, FieldValue>): TimeKeys {
  const keys = [...values.keys()];
  const isMoment = (key: string) => isMomentKey(key, values.get(key) ?? null);
  const [start, finish] = [`${prefix}_start`, `${prefix}_finish`];
  const hasSpan = [start, finish].every((key) => values.has(key) && isMoment(key));
  return {
    moments: keys.filter(isMoment).map(momentOf),
    dates: keys.filter((key) => isPlainDate(values.get(key))).map((key) => ({ key, text: `${key}_text` })),
    span: hasSpan ? { start, finish, when: `${prefix}_when`, minutes: `${prefix}_duration_minutes` } : null,
  };
}

/** Inserts the keys of ready-made times into ordered keys, each in front of the moment that it is derived from. */
export function withTimeKeys(keys: readonly string[], { moments, dates, span }: TimeKeys): string[] {
  return keys.flatMap((key) => {
    const moment = moments.find((one) => one.key === key);
    const date = dates.find((one) => one.key === key);
    return [
      ...(span?.start === key ? [span.when, span.minutes] : []),
      ...(moment ? [moment.text, moment.date, moment.time] : date ? [date.text] : []),
      key,
    ];
  });
}

/** Sets a key of a record that has no value. Values that TutorCruncher sent are never replaced. */
function fill(record: FlatRecord, key: string, value: FieldValue): void {
  record[key] ??= value;
}

/** Fills the texts of one moment, and returns it in local time. */
function fillMoment(record: FlatRecord, { key, text, date, time }: Moment, zone: TimeZone): LocalTime | null {
  const value = record[key];
  const local = localTime(value, zone);
  fill(record, text, local ? textOf(local) : dayText(value));
  fill(record, date, local?.date ?? null);
  fill(record, time, local?.time ?? null);
  return local;
}

/** Fills the ready-made times of a record that contains the static keys. */
export function fillTimes(record: FlatRecord, { moments, dates, span }: TimeKeys, zone: TimeZone): void {
  let start: LocalTime | null = null;
  let finish: LocalTime | null = null;
  for (const moment of moments) {
    const local = fillMoment(record, moment, zone);
    if (span?.start === moment.key) start = local;
    else if (span?.finish === moment.key) finish = local;
  }
  for (const { key, text } of dates) fill(record, text, dayText(record[key]));
  if (!span || !start || !finish || finish.moment < start.moment) return;
  fill(record, span.when, spanText(start, finish));
  fill(record, span.minutes, Math.round((finish.moment - start.moment) / 60_000));
}

/**
 * Adds the texts of a field that has no static key, if it is a moment or a date.
 *
 * @param isTaken - returns true for a key that another field has
 */
export function addTimes(record: FlatRecord, key: string, zone: TimeZone, isTaken: (key: string) => boolean): void {
  const moment = momentOf(key);
  const value = record[key];
  const local = localTime(value, zone);
  const text = local ? textOf(local) : dayText(value);
  if (text === null) return;
  const texts = local
    ? { [moment.text]: text, [moment.date]: local.date, [moment.time]: local.time }
    : { [moment.text]: text };
  for (const [textKey, entry] of Object.entries(texts)) {
    if (!isTaken(textKey)) record[textKey] = entry;
  }
}
