/** The texts of a value before and after a change. */

import type { Scalar } from '../../wire/json.ts';
import { namesKeyOf } from './field-rules.ts';
import { dayText, localTime, unambiguousTextOf } from './local-time.ts';
import type { Locale } from './locale.ts';
import type { FlatRecord, Item } from './record.ts';
import { readyMadeText } from './ready-made.ts';
import type { TimeZone } from './time-zone.ts';
import { isBlank } from './values.ts';

/** Keys that describe items without a name, such as the items of an invoice. */
const DESCRIPTIONS = 'name subject institution lesson_topic ad_hoc_charge_description custom_description'.split(' ');

/** Returns text that identifies an item: its name or, without a name, its first value. */
function itemText(item: Item): string {
  const values = [...DESCRIPTIONS.map((key) => item[key]), ...Object.values(item)];
  return String(values.find((value) => !isBlank(value)) ?? '');
}

const scalarText = (value: Scalar, zone: TimeZone): string => {
  const local = localTime(value, zone);
  return local ? unambiguousTextOf(local, zone) : (dayText(value) ?? String(value ?? ''));
};

function textAt(key: string, state: Readonly<FlatRecord>, zone: TimeZone): string {
  const value = state[key] ?? null;
  if (!Array.isArray(value)) return scalarText(value, zone);
  const names = state[namesKeyOf(key)];
  return typeof names === 'string' && names !== '' ? names : value.map(itemText).join(', ');
}

/** Returns an item's text with its level, id or amount, which distinguishes items with the same name. */
function detailedText(item: Item): string {
  const detail = item.level ?? item.id ?? item.amount ?? null;
  return detail === null ? itemText(item) : `${itemText(item)} (${String(detail)})`;
}

const EMPTY = '(empty)';

/** Returns a change as a line of a message. */
export const lineOf = (field: string, before: string, after: string): string =>
  `${field}: ${before === '' ? EMPTY : before} → ${after === '' ? EMPTY : after}`;

/**
 * Returns a changed value as text, before and after the change, and as a line of a message, which has ready-made texts
 * instead of statuses and amounts as sent. A time that the end of daylight saving time repeats has its offset. If the
 * entries' names are the same, as for a skill whose level changed, the text has more detail.
 */
export function changeTexts(
  field: string,
  key: string,
  states: readonly [earlier: Readonly<FlatRecord>, later: Readonly<FlatRecord>],
  locale: Locale,
): { before: string; after: string; line: string } {
  const values = states.map((state) => state[key] ?? null);
  let texts = states.map((state) => textAt(key, state, locale.timeZone));
  if (texts[0] === texts[1] && values.every((value) => Array.isArray(value))) {
    texts = values.map((list) => list.map(detailedText).join(', '));
  }
  const readyMade = values.map((value) => (Array.isArray(value) ? null : readyMadeText(key, value, locale)));
  const [before = '', after = ''] = texts;
  return { before, after, line: lineOf(field, readyMade[0] ?? before, readyMade[1] ?? after) };
}
