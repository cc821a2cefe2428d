/**
 * Ready-made values of the charges of an invoice or a payment order: a description, a quantity and a unit amount. A Zap
 * can use these values as the lines of an invoice in another app. Ready-made values never replace values that
 * TutorCruncher sent.
 */

import type { Scalar } from '../../wire/json.ts';
import { dayText, localTime } from './local-time.ts';
import type { Locale } from './locale.ts';
import { entryText, onOneLine } from './joined-texts.ts';
import type { Item } from './record.ts';

const HOUR_MS = 3_600_000;

/** The keys of the ready-made values, which come first in each line. */
export const LINE_KEYS = ['description', 'quantity', 'unit_amount', 'student_names'] as const;

/**
 * Returns the quantity and the unit amount of a line. If the units multiplied by the rate differ from the amount, for
 * example because of a fee per lesson, the line is one unit of the whole amount.
 */
export function unitsOfLine({ units, rate, amount }: Readonly<Item>): Pick<Item, 'quantity' | 'unit_amount'> {
  if (typeof amount !== 'number') return { quantity: null, unit_amount: null };
  const isProduct = typeof units === 'number' && typeof rate === 'number' && Math.abs(units * rate - amount) < 0.005;
  return isProduct ? { quantity: units, unit_amount: rate } : { quantity: 1, unit_amount: amount };
}

const isText = (value: Scalar | undefined): value is string => typeof value === 'string' && value.trim() !== '';

const entryOf = (value: Scalar | undefined): string | null => (isText(value) ? entryText(value) : null);

/** Returns the length of a lesson in words; null if its times are unknown. */
function hoursText(start: Scalar | undefined, finish: Scalar | undefined): string | null {
  const hours = Math.round(((Date.parse(String(finish)) - Date.parse(String(start))) / HOUR_MS) * 100) / 100;
  if (!(hours > 0)) return null;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/**
 * Returns the description of a line: the lesson or the charge, the students (or the job if there are no students), the
 * date, and the length of the lesson.
 */
function descriptionOf(line: Readonly<Item>, { timeZone }: Locale): string | null {
  const { lesson_topic, job_name, ad_hoc_charge_description, ad_hoc_charge_category_name, student_names } = line;
  const isLesson = line.lesson_id !== null && line.lesson_id !== undefined;
  const subjects = isLesson
    ? [lesson_topic, job_name]
    : [ad_hoc_charge_description, ad_hoc_charge_category_name, job_name];
  const subject = entryOf(subjects.find(isText));
  // The text consists of joined names, so its commas are kept.
  const about = isText(student_names) ? onOneLine(student_names) : entryOf(job_name);
  const times = isLesson ? [line.lesson_start, line.date] : [line.ad_hoc_charge_date_occurred, line.date];
  const time = times.find(isText);
  const date = time === undefined ? null : dayText(localTime(time, timeZone)?.date ?? time);
  const hours = isLesson ? hoursText(line.lesson_start, line.lesson_finish) : null;
  const parts = [...new Set([subject, about, date, hours].filter(isText))];
  return parts.length === 0 ? null : parts.join(', ');
}

/** Adds a description to each line that has none. */
export function describeLines(lines: readonly Item[], locale: Locale): void {
  for (const line of lines) line.description ??= descriptionOf(line, locale);
}
