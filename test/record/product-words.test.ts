import { describe, expect, it } from '@jest/globals';

import { slug, translate } from '../../src/record/product-words.ts';

describe('translate', () => {
  it.each([
    ['service_recipient', 'student'],
    ['service_recipients', 'students'],
    ['paying_client', 'client'],
    ['paying_client_name', 'client_name'],
    ['paying_clients', 'clients'],
    ['rcras', 'students'],
    ['rcrs', 'students'],
    ['cjas', 'tutors'],
    ['conjobs', 'tutors'],
    ['require_con_job', 'require_tutor'],
    ['con_jobs', 'tutors'],
    ['require_rcr', 'require_student'],
    ['pro_forma', 'credit_request'],
    ['pro_formas_paid', 'credit_requests_paid'],
    ['pro_forma_invoice', 'credit_request'],
    ['pro_forma_invoices', 'credit_requests'],
    ['proforma_invoice', 'credit_request'],
    ['proforma_invoices', 'credit_requests'],
    ['proforma', 'proforma'],
    ['service', 'job'],
    ['services', 'jobs'],
    ['dft_contractor_rate', 'default_tutor_rate'],
    ['paid_recipients', 'paid_students'],
    ['associated_agent', 'associated_affiliate'],
    ['appointment', 'lesson'],
    ['total_apt_units', 'total_lesson_units'],
    ['latest_apt_ahc', 'latest_lesson_ad_hoc_charge'],
    ['tenders', 'applications'],
    ['dft_max_srs', 'default_max_students'],
    ['sr_premium', 'student_premium'],
    ['adhoc_charge', 'ad_hoc_charge'],
    ['charge_type', 'charge_type'],
    ['servicing', 'servicing'],
    ['service_paying', 'job_paying'],
    ['Some Field!', 'some_field'],
    ['', 'field'],
    ['日本', 'field'],
  ])('translates %j to %j', (fieldName, word) => {
    expect(translate(fieldName)).toBe(word);
  });
});

describe('slug', () => {
  it.each([
    ['client_dob', 'client_dob'],
    ['client-dob', 'client_dob'],
    ['__proto__', 'proto'],
    ['a__b', 'a_b'],
    ['_a', 'a'],
    ['a_', 'a'],
    ['A', 'a'],
    ['  École  ', 'cole'],
    ['!!!', ''],
  ])('converts %j to %j', (name, expected) => {
    expect(slug(name)).toBe(expected);
  });

  it('truncates a name to 200 characters', () => {
    expect(slug('a'.repeat(200))).toBe('a'.repeat(200));
    expect(slug('a'.repeat(201))).toBe('a'.repeat(200));
    expect(slug('A'.repeat(201))).toBe('a'.repeat(200));
  });
});
