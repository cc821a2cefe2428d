/** Converts a changed value to two texts: the value before and after the change. */

import type { Scalar } from '../../wire/json.ts';
import { namesKeyOf } from './field-rules.ts';
import { entryText, joinEntries } from './joined-texts.ts';
import { dayText, localTime, unambiguousTextOf } from './local-time.ts';
import type { Locale } from './locale.ts';
import type { FieldValue, FlatRecord, Item } from './record.ts';
import { readyMadeText } from './ready-made.ts';
import { isSignedLink } from './signed-link.ts';
import type { TimeZone } from './time-zone.ts';
import { isBlank } from './values.ts';

/**
 * Keys of the texts that describe an item, in order of preference. Some items, such as the charges of an invoice, have
 * no name.
 */
const DESCRIPTIONS = 'name subject institution lesson_topic ad_hoc_charge_description custom_description'.split(' ');

/**
 * Returns the text that identifies an item: its first description or, without a description, its first value that is
 * not a signed link.
 */
function itemText(item: Item): string {
  const values = [...DESCRIPTIONS.map((key) => item[key]), ...Object.values(item)];
  return String(values.find((value) => !isBlank(value) && !isSignedLink(value)) ?? '');
}

const scalarText = (value: Scalar, zone: TimeZone): string => {
  const local = localTime(value, zone);
  return local ? unambiguousTextOf(local, zone) : (dayText(value) ?? String(value ?? ''));
};

function textAt(key: string, state: Readonly<FlatRecord>, zone: TimeZone): string {
  const value = state[key] ?? null;
  if (!Array.isArray(value)) return scalarText(value, zone);
  const names = state[namesKeyOf(key)];
  return typeof names === 'string' && names !== '' ? names : joinEntries(value.map(itemText));
}

/** Returns an item's text with its level, id or amount in parentheses, to distinguish items with the same name. */
function detailedText(item: Item): string {
  const detail = item.level ?? item.id ?? item.amount ?? null;
  return detail === null ? itemText(item) : `${itemText(item)} (${String(detail)})`;
}

const EMPTY = '(empty)';

/** The texts of a changed value, and the line that describes the change in a message. */
export interface ChangeTexts {
  readonly before: string;
  readonly after: string;
  /** The texts before and after the change as shown in messages, such as "£63.00" for 63. */
  readonly written: readonly [before: string, after: string];
  readonly line: string;
}

/**
 * Returns the texts of a change; null if the texts before and after are the same, so that a reader would see no change.
 *
 * @param written - the texts before and after the change for a message; null for a value that a message shows as sent
 */
export function textsOfChange(
  field: string,
  [before, after]: readonly [before: string, after: string],
  written: readonly [before: string | null, after: string | null] = [null, null],
): ChangeTexts | null {
  const [from, to] = [written[0] ?? before, written[1] ?? after];
  if (before === after || from === to) return null;
  const valueText = (text: string): string => entryText(text, ' → ') || EMPTY;
  return {
    before,
    after,
    written: [from, to],
    line: `${entryText(field, ': ')}: ${valueText(from)} → ${valueText(to)}`,
  };
}

/**
 * Returns the texts of a changed value. The line contains the ready-made texts of statuses and amounts, not the values
 * as sent. A local time that occurs twice at the end of daylight saving time includes its offset from UTC. If the
 * entries of two lists have the same names, as when the level of a skill changes, the texts include the level, id or
 * amount of each entry.
 *
 * @returns null if the texts are the same before and after
 */
export function changeTexts(
  field: string,
  key: string,
  states: readonly [earlier: Readonly<FlatRecord>, later: Readonly<FlatRecord>],
  locale: Locale,
): ChangeTexts | null {
  const [earlier, later] = [states[0][key] ?? null, states[1][key] ?? null];
  const texts = [textAt(key, states[0], locale.timeZone), textAt(key, states[1], locale.timeZone)] as const;
  if (texts[0] === texts[1] && Array.isArray(earlier) && Array.isArray(later)) {
    return textsOfChange(field, [joinEntries(earlier.map(detailedText)), joinEntries(later.map(detailedText))]);
  }
  const written = (value: FieldValue): string | null =>
    Array.isArray(value) ? null : readyMadeText(key, value, locale);
  return textsOfChange(field, texts, [written(earlier), written(later)]);
}
