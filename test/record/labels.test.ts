import { describe, expect, it } from '@jest/globals';

import { labelOf } from '../../src/record/labels.ts';
import { webhookTriggers } from '../../triggers/index.ts';

describe('labelOf', () => {
  it.each([
    ['job_name', 'Job Name'],
    ['client_id', 'Client ID'],
    ['invoice_pdf_url', 'Invoice PDF URL'],
    ['invoice_still_to_pay', 'Invoice Still to Pay'],
    ['report_dt_created', 'Report Created At'],
    ['task_due_dt', 'Task Due At'],
    ['job_net_gross', 'Job Net or Gross'],
    ['job_created', 'Job Created At'],
    ['created', 'Created At'],
    ['client_date_created', 'Client Created At'],
    ['client_created_by', 'Client Created By'],
    ['job_cap', 'Job Cap'],
    ['job_extra_fee_per_lesson', 'Job Extra Fee per Lesson'],
    ['id', 'ID'],
    ['x', 'X'],
  ])('returns for %j the label %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });
});

const API_WORD =
  /\b(services?|contractors?|recipients?|agents?|appointments?|tenders?|apts?|srs?|rcrs?|rcras?|cjas?|conjobs?|ahcs?|adhoc|dft|proforma)\b/i;

describe.each(webhookTriggers.map(({ definition, outputFields }) => [definition.key, outputFields] as const))(
  'the output fields of %s',
  (_key, outputFields) => {
    it('have keys and labels without API words', () => {
      for (const { key, label } of outputFields) expect(`${key.replaceAll('_', ' ')} ${label}`).not.toMatch(API_WORD);
    });

    it('have different labels', () => {
      const labels = outputFields.map(({ label }) => label);
      expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
    });
  },
);
