/** The texts of a value before and after a change. */

import type { Scalar } from '../../wire/json.ts';
import { namesKeyOf } from './field-keys.ts';
import { dayText, localTime, unambiguousTextOf } from './local-time.ts';
import type { Locale } from './locale.ts';
import type { FieldValue, Item } from './record.ts';
import { readyMadeText } from './ready-made.ts';
import type { TimeZone } from './time-zone.ts';
import { isBlank } from './values.ts';

/** The values of a state by key. */
type Values = ReadonlyMap<string, FieldValue>;

/** Keys that describe items without a name, such as the items of an invoice. */
const DESCRIPTIONS = [
  ...['name', 'subject', 'institution', 'lesson_topic', 'ad_hoc_charge_description', 'custom_description'],
];

/** Returns text that identifies an item: its name or, without a name, its first value. */
function itemText(item: Item): string {
  const values = [...DESCRIPTIONS.map((key) => item[key]), ...Object.values(item)];
  return String(values.find((value) => !isBlank(value)) ?? '');
}

const scalarText = (value: Scalar, zone: TimeZone): string => {
  const local = localTime(value, zone);
  return local ? unambiguousTextOf(local, zone) : (dayText(value) ?? String(value ?? ''));
};

function textAt(key: string, values: Values, zone: TimeZone): string {
  const value = values.get(key) ?? null;
  if (!Array.isArray(value)) return scalarText(value, zone);
  const names = values.get(namesKeyOf(key));
  return typeof names === 'string' && names !== '' ? names : value.map(itemText).join(', ');
}

/** Returns an item's text with its level, id or amount, which distinguishes items with the same name. */
function detailedText(item: Item): string {
  const detail = item.level ?? item.id ?? item.amount ?? null;
  return detail === null ? itemText(item) : `${itemText(item)} (${String(detail)})`;
}

/**
 * Returns a changed value as text, before and after the change. A time that the end of daylight saving time repeats has
 * its offset. If the entries' names are the same, as for a skill whose level changed, the text has more detail.
 */
export function changeTexts(
  key: string,
  [earlier, later]: readonly [earlier: Values, later: Values],
  zone: TimeZone,
): [before: string, after: string] {
  const texts: [string, string] = [textAt(key, earlier, zone), textAt(key, later, zone)];
  const lists = [earlier.get(key), later.get(key)];
  if (texts[0] !== texts[1] || !lists.every((list) => Array.isArray(list))) return texts;
  const [before = '', after = ''] = lists.map((list) => list.map(detailedText).join(', '));
  return [before, after];
}

/** Text in a message for a field without a value. */
const EMPTY = '(empty)';

/** Returns a change as a line of a message. */
export const lineOf = (field: string, before: string, after: string): string =>
  `${field}: ${before === '' ? EMPTY : before} → ${after === '' ? EMPTY : after}`;

/** Returns a changed value as a line of a message, with ready-made texts instead of statuses and amounts as sent. */
export function changeLine(
  field: string,
  key: string,
  states: readonly [earlier: Values, later: Values],
  locale: Locale,
): string {
  const texts = changeTexts(key, states, locale.timeZone);
  const [before, after] = states.map((values, index) => {
    const value = values.get(key) ?? null;
    return (Array.isArray(value) ? null : readyMadeText(key, value, locale)) ?? texts[index] ?? '';
  });
  return lineOf(field, before ?? '', after ?? '');
}
