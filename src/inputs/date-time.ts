/**
 * Inputs for dates and for date-times. The fields of these inputs have the type `string`, because Zapier converts the
 * values of `datetime` fields before a step runs: Zapier reads a time without an offset in the time zone of the Zap's
 * owner, and a text without a date as the current time (zapier-platform-cli 19.1, `invoke`).
 */

import { inputDataOf } from '../api/bundle.ts';
import { UTC, type TimeZone } from '../record/time-zone.ts';
import { dayText, utcText } from '../record/local-time.ts';
import { isEmpty } from './empty-values.ts';
import {
  adviceToMap,
  InvalidValue,
  makeInput,
  wordIn,
  type Input,
  type InputContext,
  type InputFactory,
  type InputText,
} from './input.ts';

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const MINUTE_MS = 60_000;

/** The parts of a string that contains a date and optionally a time. */
interface Parts {
  readonly date: string;
  /** The time, such as `17:00:00`; null for a date without a time. */
  readonly time: string | null;
  /** The offset, such as `+01:00` or `Z`; null if the string has no offset. */
  readonly offset: string | null;
}

/** Returns the parts of a string; null if the string does not contain a valid date. */
function partsOf(text: string): Parts | null {
  if (dayText(text) !== null) return { date: text, time: null, offset: null };
  const [, date = '', hours = '', minutes = '', seconds = '00', zone] = DATE_TIME.exec(text) ?? [];
  if (dayText(date) === null || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const offset = zone?.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2') ?? null;
  if (offset !== null && Number.isNaN(Date.parse(`${date}T${hours}:${minutes}:${seconds}${offset}`))) return null;
  return { date, time: `${hours}:${minutes}:${seconds}`, offset };
}

function offsetText(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE_MS;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/**
 * Returns the offset of a local time. If a clock change skips or repeats the local time, returns one of the two
 * offsets.
 */
function offsetOfLocal(date: string, time: string, zone: TimeZone): string {
  const asUtc = Date.parse(`${date}T${time}Z`);
  const guess = zone.offsetAt(asUtc);
  return offsetText(zone.offsetAt(asUtc - guess));
}

const DAY_EXAMPLE = '2026-06-10';
const EXAMPLE = '2027-01-12 16:00';
const OTHER_FORMATS = 'To use another format, add a step of Formatter by Zapier that converts it.';
const NO_DATE = `does not contain a date. Enter a date such as ${DAY_EXAMPLE}. ${adviceToMap('Date')} ${OTHER_FORMATS}`;

/** Returns the date of a moment in a time zone. */
const dateAt = (moment: number, zone: TimeZone): string => utcText(moment + zone.offsetAt(moment)).slice(0, 10);

/** Returns the parts of a field's value. @throws {InvalidValue} if the value does not contain a date */
function partsIn(value: unknown, problem = NO_DATE): Parts {
  const parts = partsOf(wordIn(value));
  if (parts) return parts;
  throw new InvalidValue(problem);
}

/**
 * Returns the date of a field's value in a time zone. A time with an offset, such as a UTC time from another step, can
 * fall on a different date in the time zone.
 *
 * @throws {InvalidValue} if the value does not contain a date
 */
export async function dateIn(value: unknown, readZone: () => Promise<TimeZone>): Promise<string> {
  const { date, time, offset } = partsIn(value);
  if (time === null || offset === null) return date;
  return dateAt(Date.parse(`${date}T${time}${offset}`), await readZone());
}

/** Converts a value to a date-time with an offset. A time without an offset is read in the branch's time zone. */
async function toDateTime(value: unknown, { zone: readZone }: InputContext): Promise<string> {
  const { date, time, offset } = partsIn(
    value,
    `does not contain a date and time. Enter a value such as ${EXAMPLE}. ${adviceToMap('ISO')} ${OTHER_FORMATS}`,
  );
  if (time === null) throw new InvalidValue(`contains a date without a time. Add the time, as in ${EXAMPLE}.`);
  if (offset !== null) return `${date}T${time}${offset}`;
  const zone = await readZone();
  if (zone) return `${date}T${time}${offsetOfLocal(date, time, zone)}`;
  throw new InvalidValue(`has no time zone. Add the offset from UTC, as in ${EXAMPLE}+00:00.`);
}

/**
 * Time of day that is used for a date without a time. At noon, the date is the same in all time zones that are less
 * than 12 hours away.
 */
const NOON = '12:00:00';

/** Help text of an input for a date. */
export const DATE_HELP = `For example, ${DAY_EXAMPLE}.`;
/** Help text of an input for a date and time. */
export const DATE_TIME_HELP = `For example, ${EXAMPLE}. The time is in the time zone of your branch, unless it has an offset such as +01:00.`;

/** An input for a date and time. The value is in ISO 8601 with an offset. */
export const dateTimeInput: InputFactory<string> = (key, text) => makeInput(key, text, {}, toDateTime);

/**
 * Returns the parts of a value that contains a date and a time; null for any other value.
 *
 * @throws {InvalidValue} if the field has several values
 */
function timedPartsOf(value: unknown): Parts | null {
  const parts = isEmpty(value) ? null : partsOf(wordIn(value));
  return parts && parts.time !== null ? parts : null;
}

/**
 * An input for the end of a time span. The end needs an offset if the start has an offset. Otherwise the end would be
 * read in the branch's time zone, although the start can be in a different time zone.
 */
export const endInput = <Text extends InputText>(
  key: string,
  { field: start }: Input<string>,
  text: Text,
): Input<string, Text> =>
  makeInput(key, text, {}, (value, context) => {
    const startParts = timedPartsOf(inputDataOf(context.run.bundle)[start.key]);
    if (startParts && startParts.offset !== null && timedPartsOf(value)?.offset === null) {
      throw new InvalidValue(
        `has no offset from UTC, but "${start.label}" has one. Add the offset, as in ${EXAMPLE}+00:00, or remove it from ` +
          `${start.label}.`,
      );
    }
    return toDateTime(value, context);
  });

/** Returns noon of a day in a time zone, in ISO 8601 with an offset. */
const noonOf = (date: string, zone: TimeZone): string => `${date}T${NOON}${offsetOfLocal(date, NOON, zone)}`;

/** Returns noon of the current day in a time zone, in ISO 8601 with an offset. */
export const noonToday = (zone: TimeZone): string => noonOf(dateAt(Date.now(), zone), zone);

/**
 * An input for a day, optionally with a time, for TutorCruncher's date-time fields. A date without a time becomes noon
 * in the branch's time zone, or noon in UTC if the time zone is unknown.
 */
export const dayOrTimeInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, async (value, context) => {
    const { date, time } = partsIn(value);
    if (time !== null) return toDateTime(value, context);
    return noonOf(date, (await context.zone()) ?? UTC);
  });

/**
 * An input for a date in the format `YYYY-MM-DD`: the date as written, regardless of the time zone. A date of birth
 * that another app sends as `2015-03-04T00:00:00Z` is the same day everywhere.
 */
export const dateInput: InputFactory<string> = (key, text) => makeInput(key, text, {}, (value) => partsIn(value).date);

/**
 * An input for a date in the format `YYYY-MM-DD`: the date in the branch's time zone, or in UTC if the time zone is
 * unknown.
 */
export const branchDateInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value, context) => dateIn(value, async () => (await context.zone()) ?? UTC));
