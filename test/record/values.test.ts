import { describe, expect, it } from '@jest/globals';

import { isSameValue } from '../../src/record/same-value.ts';
import { toNumber } from '../../src/record/values.ts';
import { recordWith } from '../support/app-tester.ts';

it('a display id that consists of digits stays text', async () => {
  expect(await recordWith('invoice_raised', { id: '32', display_id: '48' })).toMatchObject({
    invoice_id: 32,
    invoice_display_id: '48',
  });
});

it('a report without an id has the id in its URL', async () => {
  const url = 'https://app.tutorcruncher.com/api/reports/1299/';
  const record = await recordWith('report_created', { id: undefined, url });
  expect(record).toMatchObject({ report_id: 1299, report_url: url });
  expect(record.id).toBe((await recordWith('report_created', { id: 1299, url })).id);
});

it('hours that are a number become text', async () => {
  const details = { work_done_details: { total_paid_hours: 0 } };
  expect(await recordWith('tutor_created', details)).toMatchObject({ tutor_work_done_details_total_paid_hours: '0' });
});

describe('toNumber', () => {
  it.each([
    ['0', 0],
    ['-7', -7],
    ['45.00000', 45],
    ['-25.50', -25.5],
    ['123456789012345', 123_456_789_012_345],
    ['-12345678901234.5', -12_345_678_901_234.5],
    ['12345678901234.50000', 12_345_678_901_234.5],
    ['0.000000000000001', 1e-15],
    [`0.${'0'.repeat(37)}1`, 1e-38],
    [`1.${'0'.repeat(38)}`, 1],
    ['-0', 0],
    ['-0.00', 0],
  ])('converts the plain decimal %j', (text, number) => {
    expect(toNumber(text)).toBe(number);
  });

  it.each([
    ...['1234567890123456', '-123456789012345.6', '0.1234567890123456', '12345678901234567890', `1.${'0'.repeat(39)}`],
    ...['00', '01', '007', '-', '+1', '1.', '.5', '1e3', '0x10', '1,000', '1\n', ' 1', '', 'ten', 7, true, null],
  ])('returns any other value, or one that a number cannot represent exactly, unchanged: %j', (value) => {
    expect(toNumber(value)).toBe(value);
  });
});

describe('isSameValue', () => {
  it.each([
    ['42.00', 42],
    ['42.00', '42'],
    ['0.00', 0],
    ['-0.00', '0'],
    [1.5, '1.50000'],
    ['2026-06-10T16:00:00Z', '2026-06-10T17:00:00.000000+01:00'],
    ['Tom &amp; Ana&#x27;s &lt;b&gt; &quot;note&quot;', 'Tom & Ana\'s <b> "note"'],
    [null, ''],
    [null, ' '],
    ['0E-10', '0.00'],
    ['1.5e+1', 15],
    ['True', true],
    ['FALSE', 'false'],
  ])('ignores the spelling of a value: %j, %j', (one, other) => {
    expect([isSameValue(one, other), isSameValue(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['007', '7'],
    ['0', ''],
    ['42.00', '42.01'],
    ['100', '10'],
    ['12345678901234567890', '12345678901234567891'],
    ['raman', 'Raman'],
    ['Tom &amp; Ana', 'Tom &amp; Jo'],
    [0, null],
    [false, null],
    ['true', 'false'],
    ['truest', true],
    ['untrue', false],
    ['Room 1.10', 'Room 1.1'],
    ['1.5 A10', '1.5 A1'],
    ['x1e1', 'y1e1'],
    ['1e1x', '1e1y'],
    ['1.5e+1', '16'],
    ['10', '1.0'],
    ['-7', '7'],
  ])('distinguishes other values: %j, %j', (one, other) => {
    expect(isSameValue(one, other)).toBe(false);
  });
});
