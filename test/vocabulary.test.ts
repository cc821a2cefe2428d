import { describe, expect, it } from '@jest/globals';

import { labelOf } from '../src/record/labels.ts';
import { fieldRule } from '../src/record/field-rules.ts';
import { slug, translate } from '../src/record/product-words.ts';
import { objectWordOf } from '../wire/models.ts';
import { webhookTriggers } from '../triggers/index.ts';

describe('translate', () => {
  it.each([
    ['service_recipient', 'student'],
    ['service_recipients', 'students'],
    ['paying_client', 'client'],
    ['paying_client_name', 'client_name'],
    ['rcras', 'students'],
    ['rcrs', 'students'],
    ['cjas', 'tutors'],
    ['conjobs', 'tutors'],
    ['require_con_job', 'require_tutor'],
    ['require_rcr', 'require_student'],
    ['pro_forma', 'credit_request'],
    ['proforma_invoice', 'credit_request'],
    ['proforma_invoices', 'credit_requests'],
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
    ['Some Field!', 'some_field'],
    ['', 'field'],
    ['日本', 'field'],
  ])('%s → %s', (field, word) => {
    expect(translate(field)).toBe(word);
  });
});

describe('slug', () => {
  it.each([
    ['client-dob', 'client_dob'],
    ['__proto__', 'proto'],
    ['a__b', 'a_b'],
    ['  École  ', 'cole'],
    ['!!!', ''],
  ])('%j → %j', (name, expected) => {
    expect(slug(name)).toBe(expected);
  });
});

describe('objectWordOf', () => {
  it.each([
    ['Lesson', 'lesson'],
    [' lesson', 'lesson'],
    ['Appointment', 'lesson'],
    ['Credit Request', 'credit_request'],
    ['creditrequest', 'credit_request'],
    ['Proforma Invoice', 'credit_request'],
    ['ProformaInvoice', 'credit_request'],
    ['Contractor', 'tutor'],
    ['Recipient', 'student'],
    ['AGENT', 'affiliate'],
    ['Service', 'job'],
    ['Tender', 'application'],
    ['Job Application', 'application'],
    ['Ad Hoc Charge', 'ad_hoc_charge'],
    ['Payment Order', 'payment_order'],
    ['Safeguarding/Wellbeing Concern', 'wellbeing_concern'],
    ['Subscription', null],
    ['constructor', null],
    ['', null],
    [null, null],
    [{}, null],
  ])('%j → %j', (model, word) => {
    expect(objectWordOf(model)).toBe(word);
  });
});

describe('fieldRule', () => {
  it('forgets names when there are too many to remember', () => {
    for (let i = 0; i < 5000; i++) fieldRule(`hostile_${i}`);
    expect(fieldRule('dft_charge_rate')).toMatchObject({ word: 'default_charge_rate', isNumber: true });
  });
});

describe('labels', () => {
  it.each([
    ['job_name', 'Job Name'],
    ['client_id', 'Client ID'],
    ['invoice_pdf_url', 'Invoice PDF URL'],
    ['invoice_still_to_pay', 'Invoice Still to Pay'],
    ['report_dt_created', 'Report Created At'],
    ['task_due_dt', 'Task Due At'],
    ['job_net_gross', 'Job Net or Gross'],
    ['job_created', 'Job Created At'],
    ['client_date_created', 'Client Created At'],
    ['job_cap', 'Job Cap'],
    ['job_extra_fee_per_lesson', 'Job Extra Fee per Lesson'],
  ])('%s → %s', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  const API_WORD =
    /\b(services?|contractors?|recipients?|agents?|appointments?|tenders?|apts?|srs?|rcrs?|rcras?|cjas?|conjobs?|ahcs?|adhoc|dft|proforma)\b/i;

  it.each(webhookTriggers.map(({ definition, outputFields }) => [definition.key, outputFields] as const))(
    'and keys of %s have no API words, and no two fields the same label',
    (_key, outputFields) => {
      for (const { key, label } of outputFields) expect(`${key.replaceAll('_', ' ')} ${label}`).not.toMatch(API_WORD);
      const labels = outputFields.map(({ label }) => label);
      expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
    },
  );
});
