/** Steps of Zapier's own apps in the worked examples. */

import { expect } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';

/** The user's settings that Zapier passes to each step. */
export const META = { timezone: 'Europe/London' };

/**
 * Returns true if a value meets a condition of Filter by Zapier. @throws {Error} if Zapier does not have the condition
 */
export function meetsCondition(value: string, condition: string): boolean {
  if (condition === 'Exists') return value !== '';
  const [, operator, operand = ''] = /^\(Text\) (Exactly matches|Does not contain) (.+)$/.exec(condition) ?? [];
  if (operator === undefined) throw new Error(`"${condition}" is no condition of Filter by Zapier.`);
  return operator === 'Exactly matches' ? value === operand : !value.includes(operand);
}

/** Returns the output of Formatter by Zapier for the transform of the examples: the date of tomorrow. */
export function formattedDate(inputs: JsonObject): string {
  expect(inputs).toEqual({
    Transform: 'Add/Subtract Time',
    Input: '`{{zap_meta_human_now}}`',
    Expression: '+1 day',
    'To Format': 'YYYY-MM-DD',
  });
  return localDate(Date.now() + 24 * 3_600_000);
}

/** Returns the date of a moment in the time zone of the user, such as 2026-12-03. */
const localDate = (ms: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: META.timezone, dateStyle: 'short' }).format(ms);
