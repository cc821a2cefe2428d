/** The texts of single values: amounts, statuses, phone numbers, plain text, and words in the product's language. */

import { describe, expect, it } from '@jest/globals';

import { cpuTimeOf, shortestDuration } from '../../relay/harness/shortest-duration.ts';
import { amountText, currencySign } from '../../src/record/money.ts';
import { internationalNumber } from '../../src/record/phone-numbers.ts';
import { plainText } from '../../src/record/plain-text.ts';
import { productValues } from '../../src/record/labels.ts';
import { slug, translate } from '../../src/record/product-words.ts';

/** Returns the rows of a table in a text: `a → b, c → d`. */
const rowsOf = (table: string): [string, string][] =>
  table.split(', ').map((row) => {
    const [input = '', output = ''] = row.split(' → ');
    return [input, output];
  });

describe('amountText', () => {
  it.each([
    [63, '£', '£63.00'],
    [52.5, '', '52.50'],
    [-84, '£', '-£84.00'],
    [1260.5, 'CHF ', 'CHF 1,260.50'],
    [-1234567.891, '$', '-$1,234,567.89'],
    [-0.001, '£', '£0.00'],
    [999.99, '£', '£999.99'],
  ])('writes %d with the sign %j as %j', (amount, sign, text) => {
    expect(amountText(amount, sign)).toBe(text);
  });

  it('returns null for other values', () => {
    expect(['63.00', null, undefined, true].map((value) => amountText(value, '£'))).toEqual(Array(4).fill(null));
  });
});

it('currencySign returns the sign or the code of a currency', () => {
  const codes = ['GBP', 'USD', 'AUD', 'CHF', 'pounds', 'GBPX', 'XGBP', null, 826];
  expect(codes.map(currencySign)).toEqual(['£', '$', '$', 'CHF ', ...Array<string>(5).fill('')]);
});

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
    // In Italy and Ivory Coast, the zero is part of the number.
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
    // The shortest and the longest number, and the longest text
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

describe('plainText', () => {
  it.each([
    ['He said &quot;yes&quot; &amp; smiled', 'He said "yes" & smiled'],
    ['It&#39;s &pound;5 &ndash; or &#x20AC;6', "It's £5 – or €6"],
    ['<p>Dear Priya,</p><p>Leo did <b>very</b> well.</p>', 'Dear Priya,\nLeo did very well.'],
    ['One<br>two<br/>three<BR />four', 'One\ntwo\nthree\nfour'],
    ['<ul class="x"><li>Fractions</li><li>Ratios</li></ul>', '- Fractions\n- Ratios'],
    ['<ul><li class="x">Fractions</li><li value="2">Ratios</li></ul>', '- Fractions\n- Ratios'],
    ['<h2>Progress</h2>Good<br class="x">so far</p >now', 'Progress\nGood\nso far\nnow'],
    ['The last character: &#x10FFFF;', 'The last character: \u{10FFFF}'],
    ['<p>A</p>\n\n<div></div>\n<p>B</p>', 'A\n\nB'],
    ['<a href="https://example.com/?a=1&amp;b=2">link</a>', 'link'],
    // Entities are decoded once, so that escaped tags stay visible.
    ['&lt;b&gt; is &amp;lt;b&amp;gt;', '<b> is &lt;b&gt;'],
  ])('of %j is %j', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it.each([
    'Quadratic equations\n\n\n\nand more',
    '2 < 3 > 1, x <- y, <3 and <> stay',
    'R&D, AT&T; &unknown; &#0; &#9999999; &',
  ])('leaves a text without HTML unchanged: %j', (text) => {
    expect(plainText(text)).toBe(text);
  });

  it('takes time in proportion to the length of the text', async () => {
    const convert = () => {
      for (const part of ['<p ', '<', '&', '&#', '<li<']) plainText(part.repeat(200_000));
    };
    expect(await shortestDuration(2_000, () => cpuTimeOf(convert))).toBeLessThan(2_000);
  });
});

describe('productValues', () => {
  it.each([
    ['lesson_status', 'awaiting-report', 'Awaiting Report'],
    ['lesson_status', 'cancelled-chargeable', 'Cancelled but Chargeable'],
    ['client_received_notifications', 'invoices, apt_reminders', 'Invoices, Lesson Reminders'],
    ['permissions', 'add-edit-complete', 'Add, Edit and Complete Lessons'],
    ['permissions', 'complete', 'Complete Lessons'],
    ['permissions', 'view-only', 'View Only'],
    ['task_type', 'service-cold', 'Job Gone Cold'],
    ['x_status', 'a'.repeat(60), `A${'a'.repeat(59)}`],
    ...['', 'Été', '-a', 'a-', 'Needs a call!', 'constructor: x', 'a'.repeat(61)].map((value) => [
      'x_status',
      value,
      value,
    ]),
  ])('translates the %s %j to %j', (key = '', value = '', text = '') => {
    expect(productValues(key, value)).toBe(text);
  });
});

describe('translate', () => {
  it.each([
    ...rowsOf('service_recipient → student, service_recipients → students, paying_client_name → client_name'),
    ...rowsOf('paying_clients → clients, rcras → students, rcrs → students, cjas → tutors, conjobs → tutors'),
    ...rowsOf('require_con_job → require_tutor, con_jobs → tutors, require_rcr → require_student'),
    ...rowsOf('pro_forma → credit_request, pro_formas_paid → credit_requests_paid, proforma → proforma'),
    ...rowsOf('pro_forma_invoices → credit_requests, proforma_invoice → credit_request, service → job'),
    ...rowsOf('dft_contractor_rate → default_tutor_rate, associated_agent → associated_affiliate'),
    ...rowsOf('total_apt_units → total_lesson_units, latest_apt_ahc → latest_lesson_ad_hoc_charge'),
    ...rowsOf('appointment → lesson, tenders → applications, dft_max_srs → default_max_students'),
    ...rowsOf('sr_premium → student_premium, adhoc_charge → ad_hoc_charge, charge_type → charge_type'),
    ...rowsOf('servicing → servicing, service_paying → job_paying, Some Field! → some_field, 日本 → field'),
    ['', 'field'],
  ])('translates %j to %j', (fieldName, word) => {
    expect(translate(fieldName)).toBe(word);
  });
});

describe('slug', () => {
  it.each([
    ...rowsOf('client_dob → client_dob, client-dob → client_dob, __proto__ → proto, a__b → a_b, _a → a, a_ → a'),
    ...rowsOf('A → a,   École   → cole, !!! → '),
    ['A'.repeat(201), 'a'.repeat(200)],
  ])('converts %j to %j', (name, expected) => {
    expect(slug(name)).toBe(expected);
  });
});
