/** Human-readable tables, ages and sizes. */

import type { DeliveryActions } from '../../wire/action-filter.ts';

const MAX_ACTIONS_CHARACTERS = 60;

/**
 * Formats rows as lines of text with aligned columns, below a line with the keys of the rows. Returns an empty text if
 * there are no rows.
 */
export function tableOf(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(String))];
  const widthOf = (column: number): number => Math.max(...lines.map((cells) => cells[column]?.length ?? 0));
  const widths = Array.from(lines[0] ?? [], (_, column) => widthOf(column));
  const lineOf = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return lines.map((cells) => lineOf(cells).trimEnd()).join('\n');
}

/** Lengths of the units of time in seconds, largest first. */
const UNITS = { d: 86_400, h: 3600, min: 60, s: 1 };

/** Formats a duration in the largest unit that fits, rounded down, such as `3 h`. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, length] = Object.entries(UNITS).find((candidate) => seconds >= candidate[1]) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

/** Formats the time since a moment; `-` for null. */
export const ageOf = (time: number | null, now: number): string => (time === null ? '-' : durationOf(now - time));

/** Formats the time since a moment, followed by `ago`; `never` for null. */
export const agoOf = (time: number | null, now: number): string =>
  time === null ? 'never' : `${ageOf(time, now)} ago`;

/** Formats a moment in UTC, in whole seconds. */
export const momentOf = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** Formats a number with its noun in the singular or plural. */
export const countOf = (count: number, singular: string): string => `${count} ${singular}${count === 1 ? '' : 's'}`;

/** Formats a size, such as `1.5 MB`. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const exponent = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), units.length - 1);
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${units[exponent] ?? ''}`;
}

/** Formats actions as the text of a table cell. Control characters are removed, because senders choose the actions. */
export function actionsOf(actions: DeliveryActions): string {
  if (actions === null) return 'unknown';
  const text = actions.join(', ').replace(/\p{C}+/gu, ' ');
  return text.length > MAX_ACTIONS_CHARACTERS ? `${text.slice(0, MAX_ACTIONS_CHARACTERS - 1)}…` : text;
}
