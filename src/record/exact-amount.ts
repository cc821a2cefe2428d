/** Represents amounts of money as whole numbers, because sums of floating-point numbers are not exact. */

import { toScalar } from '../../wire/json.ts';

/** Number of decimals in an exact amount. TutorCruncher's amounts have two decimals. */
const DECIMALS = 6;
const PLAIN_DECIMAL = /^(-?)(\d{1,20})(?:\.(\d+?)0*)?$/;

/**
 * Converts text or a number to an amount in millionths. A number is rounded, because sums such as 0.1 + 0.2 have many
 * decimals.
 *
 * @returns null if the value is not a plain decimal, or if a text has more than six decimals
 */
export function exactAmount(value: unknown): bigint | null {
  const plain = typeof value === 'number' ? value.toFixed(DECIMALS) : String(toScalar(value)).trim();
  const [text, sign, units = '', decimals = ''] = PLAIN_DECIMAL.exec(plain) ?? [];
  if (text === undefined || decimals.length > DECIMALS) return null;
  const amount = BigInt(`${units}${decimals.padEnd(DECIMALS, '0')}`);
  return sign === '-' ? -amount : amount;
}

/** Returns an amount in millionths as text, with at least two decimals. */
export function amountOfExact(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS + 1, '0');
  const decimals = digits.slice(-DECIMALS).replace(/0{1,4}$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}.${decimals}`;
}
