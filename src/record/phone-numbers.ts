/** Phone numbers in the international format that apps for text messages expect: +447700900123. */

/**
 * Facts about the phone numbers of a country (national numbering plans, as listed by the ITU): its calling code, the
 * prefix of national calls, and the number of digits after this prefix.
 */
interface NumberingPlan {
  readonly callingCode: string;
  readonly trunkPrefix: string;
  readonly minDigits: number;
  readonly maxDigits: number;
}

/**
 * Countries whose numbers have few lengths, by ISO 3166 code: calling code, trunk prefix or -, and number of digits.
 * libphonenumber-js with its smallest metadata would add 175 kB to the app's 560 kB, and 25 ms to its import.
 */
const PLANS =
  'GB 44 0 9-10,IE 353 0 7-9,US 1 1 10,CA 1 1 10,AU 61 0 9,NZ 64 0 8-10,ZA 27 0 9,IN 91 0 10,SG 65 - 8,HK 852 - 8,' +
  'MY 60 0 8-10,AE 971 0 8-9,QA 974 - 8,FR 33 0 9,ES 34 - 9,PT 351 - 9,NL 31 0 9,BE 32 0 8-9,CH 41 0 9,DE 49 0 7-11,' +
  'DK 45 - 8,NO 47 - 8,SE 46 0 7-9,PL 48 - 9,CY 357 - 8,MT 356 - 8,KE 254 0 9,NG 234 0 8-10';

let plans: ReadonlyMap<string, NumberingPlan> | null = null;

function planOf(country: string): NumberingPlan | undefined {
  plans ??= new Map(
    PLANS.split(',').map((plan): [string, NumberingPlan] => {
      const [code = '', callingCode = '', trunk = '', digits = ''] = plan.split(' ');
      const [min, max = min] = digits.split('-').map(Number);
      return [code, { callingCode, trunkPrefix: trunk === '-' ? '' : trunk, minDigits: min ?? 0, maxDigits: max ?? 0 }];
    }),
  );
  return plans.get(country);
}

/** Matches the characters that people put between the digits. `(0)` is a trunk prefix that is omitted from abroad. */
const SEPARATORS = /\(0\)|[\s().\-/]/g;
const INTERNATIONAL = /^\+[1-9]\d{6,14}$/;
const MAX_LENGTH = 40;

/**
 * Returns a phone number in international format.
 *
 * @param phone - a number as people write it, such as `07700 900123` or `+44 (0)7700 900123`
 * @param country - a country as TutorCruncher sends it, such as `United Kingdom (GB)`
 * @returns null if the number is invalid, or if the numbering plan of the country is unknown and the number does not
 *   start with `+`
 */
export function internationalNumber(phone: unknown, country: unknown): string | null {
  if (typeof phone !== 'string' || phone.length > MAX_LENGTH) return null;
  const compact = phone.replace(SEPARATORS, '');
  if (compact.startsWith('+')) return INTERNATIONAL.test(compact) ? compact : null;
  const code = typeof country === 'string' ? /\(([A-Z]{2})\)\s*$/.exec(country)?.[1] : undefined;
  const plan = code === undefined ? undefined : planOf(code);
  if (!plan || !/^\d+$/.test(compact)) return null;
  const { callingCode, trunkPrefix, minDigits, maxDigits } = plan;
  const isNational = (digits: string): boolean =>
    digits.length >= minDigits &&
    digits.length <= maxDigits &&
    !digits.startsWith('0') &&
    !(trunkPrefix === '1' && digits.startsWith('1'));
  // A number that starts with the calling code is international without its `+`, unless it would be too short.
  const national = [trunkPrefix, `00${callingCode}`, callingCode, '']
    .filter((prefix) => compact.startsWith(prefix))
    .map((prefix) => compact.slice(prefix.length))
    .find(isNational);
  return national === undefined ? null : `+${callingCode}${national}`;
}
