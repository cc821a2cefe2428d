/** Phone numbers in the international format that apps for text messages expect: +447700900123. */

/**
 * Facts about the phone numbers of countries whose numbers have few lengths (national numbering plans, as listed by the
 * ITU): ISO 3166 code, calling code, prefix of national calls or -, and number of digits after this prefix.
 * libphonenumber-js with its smallest metadata would add 175 kB to the app's 560 kB, and 25 ms to its import.
 */
const PLANS =
  'GB 44 0 9-10,IE 353 0 7-9,US 1 1 10,CA 1 1 10,AU 61 0 9,NZ 64 0 8-10,ZA 27 0 9,IN 91 0 10,SG 65 - 8,HK 852 - 8,' +
  'MY 60 0 8-10,AE 971 0 8-9,QA 974 - 8,FR 33 0 9,ES 34 - 9,PT 351 - 9,NL 31 0 9,BE 32 0 8-9,CH 41 0 9,DE 49 0 7-11,' +
  'DK 45 - 8,NO 47 - 8,SE 46 0 7-9,PL 48 - 9,CY 357 - 8,MT 356 - 8,KE 254 0 9,NG 234 0 8-10';

const plans = new Map(PLANS.split(',').map((plan) => [plan.slice(0, 2), plan.slice(3).split(' ')]));

/** Matches the characters that people put between the digits. `(0)` is a trunk prefix that is omitted from abroad. */
const SEPARATORS = /\(0\)|[\s().\-/]/g;
const INTERNATIONAL = /^\+[1-9]\d{6,14}$/;
const MAX_LENGTH = 40;

/**
 * Returns a phone number in international format; null if it is invalid, or if the numbering plan of the country is
 * unknown and the number does not start with `+`.
 *
 * @param country - a country as TutorCruncher sends it, such as `United Kingdom (GB)`
 */
export function internationalNumber(phone: unknown, country: unknown): string | null {
  if (typeof phone !== 'string' || phone.length > MAX_LENGTH) return null;
  const compact = phone.replace(SEPARATORS, '');
  if (compact.startsWith('+')) return INTERNATIONAL.test(compact) ? compact : null;
  const code = typeof country === 'string' ? /\(([A-Z]{2})\)\s*$/.exec(country)?.[1] : undefined;
  const plan = code === undefined ? undefined : plans.get(code);
  if (!plan || !/^\d+$/.test(compact)) return null;
  const [callingCode = '', prefix = '', lengths = ''] = plan;
  const trunkPrefix = prefix === '-' ? '' : prefix;
  const [min = 0, max = min] = lengths.split('-').map(Number);
  const isNational = (digits: string): boolean =>
    digits.length >= min &&
    digits.length <= max &&
    !digits.startsWith('0') &&
    (prefix !== '1' || !digits.startsWith('1'));
  // A number that starts with the calling code is international without its `+`, unless it would be too short.
  const national = [trunkPrefix, `00${callingCode}`, callingCode, '']
    .filter((start) => compact.startsWith(start))
    .map((start) => compact.slice(start.length))
    .find(isNational);
  return national === undefined ? null : `+${callingCode}${national}`;
}
