import { describe, expect, it } from '@jest/globals';

import { internationalNumber } from '../../src/record/phone-numbers.ts';

const UK = 'United Kingdom (GB)';

describe('internationalNumber', () => {
  it.each([
    ['07700 900123', UK, '+447700900123'],
    ['(0117) 496-0123', UK, '+441174960123'],
    ['7700 900123', UK, '+447700900123'],
    ['447700900123', UK, '+447700900123'],
    ['00447700900123', UK, '+447700900123'],
    ['+44 (0)7700 900123', null, '+447700900123'],
    ['+1 415 555 0100', UK, '+14155550100'],
    ['415-555-0100', 'United States (US)', '+14155550100'],
    ['1 (415) 555 0100', 'United States (US)', '+14155550100'],
    ['0412 345 678', 'Australia (AU)', '+61412345678'],
    ['087 123 4567', 'Ireland (IE)', '+353871234567'],
    ['9123 4567', 'Singapore (SG)', '+6591234567'],
    ['65 9123 4567', 'Singapore (SG)', '+6591234567'],
    ['050 123 4567', 'United Arab Emirates (AE)', '+971501234567'],
    ['99 8765 4321', 'India (IN)', '+919987654321'],
  ])('of %j in %j is %s', (phone, country, international) => {
    expect(internationalNumber(phone, country)).toBe(international);
  });

  it.each([
    ['07700 900123', null],
    ['07700 900123', 'United Kingdom'],
    ['07700 900123', 'Atlantis (XX)'],
    ['0770 090', UK],
    ['07700 900123 ext 4', UK],
    ['0000000000', UK],
    ['0155550100', 'United States (US)'],
    ['+44', UK],
    ['+0 7700 900123', UK],
    ['0 '.repeat(30), UK],
    ['', UK],
    [null, UK],
    [7700900123, UK],
  ])('is null for %j in %j, because the number is not certain', (phone, country) => {
    expect(internationalNumber(phone, country)).toBeNull();
  });
});
