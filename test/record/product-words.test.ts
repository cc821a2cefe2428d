import { describe, expect, it } from '@jest/globals';

import { slug, translate } from '../../src/record/product-words.ts';

/** Parses the rows of a table that is written as `a → b, c → d`. */
const rowsOf = (table: string): [string, string][] =>
  table.split(', ').map((row) => {
    const [input = '', output = ''] = row.split(' → ');
    return [input, output];
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
