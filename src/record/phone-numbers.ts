/** Converts phone numbers to the international format that apps for text messages expect: +447700900123. */

/**
 * Numbering plans of countries whose phone numbers have few lengths (national numbering plans, as listed by the ITU).
 * Each plan has the ISO 3166 code, the calling code, the trunk prefix or a hyphen, and the number of digits after the
 * trunk prefix. This table replaces libphonenumber-js, which would add 175 kB to the app's 560 kB and 25 ms to its
 * import, even with the smallest metadata.
 */
const PLANS =
  'GB 44 0 9-10,IE 353 0 7-9,US 1 1 10,CA 1 1 10,AU 61 0 9,NZ 64 0 8-10,ZA 27 0 9,IN 91 0 10,SG 65 - 8,HK 852 - 8,' +
  'MY 60 0 8-10,AE 971 0 8-9,QA 974 - 8,FR 33 0 9,ES 34 - 9,PT 351 - 9,NL 31 0 9,BE 32 0 8-9,CH 41 0 9,DE 49 0 7-11,' +
  'DK 45 - 8,NO 47 - 8,SE 46 0 7-9,PL 48 - 9,CY 357 - 8,MT 356 - 8,KE 254 0 9,NG 234 0 8-10';

/** The numbering plan of a country. */
interface Plan {
  readonly callingCode: string;
  /**
   * The prefix of national calls. The prefix of a country without a national prefix is a hyphen, with which no number
   * starts.
   */
  readonly trunkPrefix: string;
  readonly minDigits: number;
  readonly maxDigits: number;
}

const plans = new Map<string, Plan>();
for (const text of PLANS.split(',')) {
  const [country = '', callingCode = '', prefix = '', lengths = ''] = text.split(' ');
  const [minDigits = 0, maxDigits = minDigits] = lengths.split('-').map(Number);
  plans.set(country, { callingCode, trunkPrefix: prefix, minDigits, maxDigits });
}

/**
 * Calling codes of countries whose national numbers start with a zero that international numbers omit (national
 * numbering plans, as listed by the ITU; compared with the metadata of libphonenumber-js 1.13.16). In some other
 * countries, such as Italy, the zero is a part of the number.
 */
const NATIONAL_ZERO = new Set(
  (
    '20 27 31 32 33 40 41 43 44 46 49 51 53 54 55 57 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94 95 98 ' +
    '211 212 213 218 231 232 233 234 243 249 251 252 254 255 256 260 261 262 263 264 265 291 353 355 358 359 370 373 374 ' +
    '377 380 381 382 383 385 386 387 389 421 423 508 590 591 593 594 595 596 598 686 850 855 856 880 886 961 962 963 964 ' +
    '966 967 970 971 972 976 977 994 995 996'
  ).split(' '),
);

/**
 * Matches the characters that people write between the digits, and `(0)`, a trunk prefix that callers from abroad omit.
 */
const SEPARATORS = /\(0\)|[\s().\-/]/g;
const INTERNATIONAL = /^\+[1-9]\d{6,14}$/;
const MAX_LENGTH = 40;

/**
 * Returns true for the digits of a national number without its trunk prefix. A national number never starts with 0. In
 * North America, a national number never starts with 1 either.
 */
const isNational = (digits: string, { trunkPrefix, minDigits, maxDigits }: Plan): boolean =>
  digits.length >= minDigits &&
  digits.length <= maxDigits &&
  !digits.startsWith('0') &&
  (trunkPrefix !== '1' || !digits.startsWith('1'));

/**
 * Removes the national zero after the calling code from an international number. Returns null if the digits after this
 * zero are invalid.
 *
 * @param international - a number that starts with `+`
 */
function withoutNationalZero(international: string): string | null {
  const code = [2, 3].map((digits) => international.slice(1, 1 + digits)).find((digits) => NATIONAL_ZERO.has(digits));
  if (code === undefined || !international.startsWith(`+${code}0`)) return international;
  const national = international.slice(`+${code}0`.length);
  const plan = [...plans.values()].find(({ callingCode }) => callingCode === code);
  const isValid = plan ? isNational(national, plan) : !national.startsWith('0');
  return isValid ? `+${code}${national}` : null;
}

/**
 * Returns a phone number in international format; null if the number is invalid, or if the number does not start with
 * `+` and the numbering plan of the country is unknown.
 *
 * @param country - a country as TutorCruncher sends it, such as `United Kingdom (GB)`
 */
export function internationalNumber(phone: unknown, country: unknown): string | null {
  if (typeof phone !== 'string' || phone.length > MAX_LENGTH) return null;
  const compact = phone.replace(SEPARATORS, '');
  if (compact.startsWith('+')) {
    const number = withoutNationalZero(compact);
    return number !== null && INTERNATIONAL.test(number) ? number : null;
  }
  const code = typeof country === 'string' ? /\(([A-Z]{2})\)\s*$/.exec(country)?.[1] : undefined;
  const plan = code === undefined ? undefined : plans.get(code);
  if (!plan || !/^\d+$/.test(compact)) return null;
  const { callingCode, trunkPrefix } = plan;
  const international = `00${callingCode}`;
  // Digits that start with the calling code are treated as an international number without its `+`, unless the national
  // number would then be too short.
  const starts = [trunkPrefix, international, callingCode, '', international + trunkPrefix, callingCode + trunkPrefix];
  const national = starts
    .filter((start) => compact.startsWith(start))
    .map((start) => compact.slice(start.length))
    .find((digits) => isNational(digits, plan));
  return national === undefined ? null : `+${callingCode}${national}`;
}
