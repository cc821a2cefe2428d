/** The alerts in `deploy/alerts.yml` with shorter intervals, so that a live run takes seconds instead of minutes. */

import { readFileSync } from 'node:fs';

/** Factor by which durations are divided. */
const FACTOR = 15;
/** Minimum length of a window in seconds, so that it contains at least a few scrapes. */
const MIN_WINDOW_SECONDS = 10;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const shorten = (amount: string, unit: string, min: number): string =>
  `${Math.max(min, Math.round((Number(amount) * (UNITS[unit] ?? 1)) / FACTOR))}s`;

/**
 * Returns the rules with every `for`, every window and every threshold in seconds divided by 15.
 *
 * @throws {Error} if the rules contain no duration, because their form has changed
 */
export function shortRules(): string {
  const text = readFileSync(new URL('../../deploy/alerts.yml', import.meta.url), 'utf8');
  const shortened = text
    .replace(/\bfor: (\d+)([smhd])$/gm, (_match, amount: string, unit: string) => `for: ${shorten(amount, unit, 1)}`)
    .replace(
      /\[(\d+)([smhd])\]/g,
      (_match, amount: string, unit: string) => `[${shorten(amount, unit, MIN_WINDOW_SECONDS)}]`,
    )
    .replace(/(waiting_seconds\{[^}]*\}\)?) > (\d+)/g, (_match, metric: string, seconds: string) => {
      return `${metric} > ${Math.round(Number(seconds) / FACTOR)}`;
    });
  if (shortened === text)
    throw new Error('deploy/alerts.yml contains no durations. Update relay/alerts/short-rules.ts.');
  return shortened;
}
