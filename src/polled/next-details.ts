/** A record that is due. */
export interface Due {
  readonly id: string;
  readonly at: number;
  /** True if the record is not due for much longer, so that it must not wait for a later poll. */
  readonly isUrgent: boolean;
}

/** Maximum number of records that are not urgent, unless a trigger allows fewer. */
const MAX_DETAILS = 4;
const MAX_URGENT_DETAILS = 20;
const MINUTE_MS = 60_000;
/** Multiples of the golden ratio, modulo 1, are spread evenly, whatever the interval between polls. */
const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

/** Returns a part of a list that changes by the minute, so that repeated calls reach every entry. */
function rotated<T>(list: readonly T[], length: number, now: number): T[] {
  const start = Math.floor(((Math.floor(now / MINUTE_MS) * GOLDEN_RATIO) % 1) * list.length);
  return [...list.slice(start), ...list.slice(0, start)].slice(0, length);
}

/** Returns the records to read, of those that wait, nearest first. Without a memory, their order rotates. */
export function nextDetails<T extends Due>(
  waiting: readonly T[],
  isKnown: boolean,
  now: number,
  maxDetails = MAX_DETAILS,
): T[] {
  const first = (list: readonly T[], length: number) =>
    isKnown || list.length <= length ? list.slice(0, length) : rotated(list, length, now);
  const urgent = first(
    waiting.filter(({ isUrgent }) => isUrgent),
    MAX_URGENT_DETAILS,
  );
  const others = waiting.filter(({ isUrgent }) => !isUrgent);
  return [...urgent, ...first(others, Math.max(0, maxDetails - urgent.length))];
}
