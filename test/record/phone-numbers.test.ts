import { describe, expect, it } from '@jest/globals';

import { internationalNumber } from '../../src/record/phone-numbers.ts';

describe('internationalNumber', () => {
  const UK = 'United Kingdom (GB)';

  it.each([
    ['07700 900123', UK, '+447700900123'],
    ['(0117) 496-0123', UK, '+441174960123'],
    ['7700 900123', UK, '+447700900123'],
    ['447700900123', UK, '+447700900123'],
    ['00447700900123', UK, '+447700900123'],
    ['+44 (0)7700 900123', null, '+447700900123'],
    ['+44 07700 900555', null, '+447700900555'],
    ['+44 (0) 117 496 0123', UK, '+441174960123'],
    ['0044 07700 900555', UK, '+447700900555'],
    ['44 07700 900555', UK, '+447700900555'],
    ['+353 087 123 4567', UK, '+353871234567'],
    ['+61 0412 345 678', null, '+61412345678'],
    ['+43 0664 1234567', null, '+436641234567'],
    ['+81 090 1234 5678', null, '+819012345678'],
    // In Italy and Ivory Coast, the zero is a part of the number.
    ['+39 06 1234 5678', UK, '+390612345678'],
    ['+225 07 12 34 56 78', null, '+2250712345678'],
    ['+1 415 555 0100', UK, '+14155550100'],
    ['415-555-0100', 'United States (US)', '+14155550100'],
    ['1 (415) 555 0100', 'United States (US)', '+14155550100'],
    ['087 123 4567', 'Ireland (IE)', '+353871234567'],
    ['9123 4567', 'Singapore (SG)', '+6591234567'],
    ['65 9123 4567', 'Singapore (SG)', '+6591234567'],
    ['050 123 4567', 'United Arab Emirates (AE)', '+971501234567'],
    ['99 8765 4321', 'India (IN)', '+919987654321'],
    ['9987654321', 'India (IN) ', '+919987654321'],
    // The limits of the lengths: the shortest number, the longest number, and the longest text.
    ['+39 12345', null, '+3912345'],
    ['+39 1234567890123', null, '+391234567890123'],
    [`+44${' '.repeat(26)}7700 900123`, null, '+447700900123'],
  ])('of %j in %j is %s', (phone, country, international) => {
    expect(internationalNumber(phone, country)).toBe(international);
  });

  it.each([
    ...[null, 'United Kingdom', 'Atlantis (XX)'].map((country) => ['07700 900123', country]),
    ...['0770 090', '07700 900123 ext 4', '0000000000', '+44', '+0 7700 900123'].map((phone) => [phone, UK]),
    ...['0 '.repeat(30), '', null, 7700900123].map((phone) => [phone, UK]),
    ['0155550100', 'United States (US)'],
    ['1155550100', 'United States (US)'],
    ['07700 900123', 'Great (GB) Britain'],
    ...['07700 90012x', 'x77009001', '7700 900o23'].map((phone) => [phone, UK]),
    ...['+39 1234', '+39 12345678901234', 'x+39 12345'].map((phone) => [phone, null]),
    [`+44${' '.repeat(27)}7700 900123`, null],
    ['+44 7700 900123, +44 7700 900456', null],
    ...['+44 0770 090', '+44 00 7700 900123', '+44 0', '+43 00 664 1234567', '+43 0664'].map((phone) => [phone, null]),
  ])('is null for %j in %j, because the number is not certain', (phone, country) => {
    expect(internationalNumber(phone, country)).toBeNull();
  });
});
