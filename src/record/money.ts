/** Converts amounts of money to texts for people. */

/**
 * Signs of the currencies that agencies use most. An amount in another currency starts with the currency's code: CHF
 * 63.00.
 */
const SIGNS: Readonly<Record<string, string>> = {
  GBP: '£',
  EUR: '€',
  INR: '₹',
  JPY: '¥',
  CNY: '¥',
  NGN: '₦',
  USD: '$',
  AUD: '$',
  CAD: '$',
  NZD: '$',
  SGD: '$',
  HKD: '$',
};

const CODE = /^[A-Z]{3}$/;

/** Returns the text that precedes amounts in a currency (ISO 4217); an empty string if the currency is unknown. */
export function currencySign(code: unknown): string {
  if (typeof code !== 'string' || !CODE.test(code)) return '';
  return SIGNS[code] ?? `${code} `;
}

/**
 * Returns an amount with two decimals: `£1,260.50`, or `1,260.50` if `sign` is empty; null if the value is not a
 * number.
 */
export function amountText(value: unknown, sign: string): string | null {
  if (typeof value !== 'number') return null;
  const digits = Math.abs(value).toFixed(2);
  const grouped = digits.replace(/\B(?=(?:\d{3})+\.)/g, ',');
  return `${value < 0 && Number(digits) !== 0 ? '-' : ''}${sign}${grouped}`;
}
