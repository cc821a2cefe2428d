/** Durations as text. */

const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/**
 * Describes a duration in milliseconds as a number of its largest unit, such as "3 minutes" or "less than a minute".
 */
export function describeDuration(duration: number): string {
  for (const [name, milliseconds] of UNITS) {
    const count = Math.floor(duration / milliseconds);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
