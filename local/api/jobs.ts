/** Writes of jobs, which the API calls services. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { ATTRIBUTES, emptyAttributes } from './custom-fields.ts';
import { fieldsOf, valuesOf, type Field, type Fields } from './fields.ts';
import { JOB_STUDENT, JOB_TUTOR, members } from './members.ts';
import { saved, type Kind, type Write } from './write.ts';

const JOB: Kind = { path: 'services', object: 'A_SERVICE', noun: 'a Job' };

const RATE: Field = { type: 'decimal', required: true, read: Number };
/** These fields are ids in requests but text in responses, so a job cannot be sent back as it was read. */
const TAX_SETUP: Field = { type: 'integer', read: () => undefined };

const FIELDS: Fields = {
  name: { type: 'string', required: true },
  dft_charge_rate: RATE,
  dft_contractor_rate: RATE,
  description: { type: 'string', maxLength: 10_000 },
  dft_charge_type: { type: 'choice', choices: ['hourly', 'one-off'] },
  status: { type: 'choice', choices: ['pending', 'available', 'in-progress', 'finished', 'gone-cold'] },
  net_gross: { type: 'choice', choices: ['net', 'gross'] },
  ...fieldsOf('string', 'colour'),
  ...fieldsOf('integer', 'dft_max_srs', 'cap', 'review_units', 'inactivity_time'),
  ...fieldsOf('boolean', 'allow_proposed_rates', 'auto_invoice', 'report_required', 'require_rcr', 'require_con_job'),
  ...fieldsOf('decimal', 'sr_premium', 'extra_fee_per_apt'),
  branch_tax_setup: TAX_SETUP,
  contractor_tax_setup: TAX_SETUP,
  extra_attrs: ATTRIBUTES,
};
const PEOPLE: Fields = { rcrs: members(JOB_STUDENT), conjobs: members(JOB_TUTOR) };

const INITIAL: JsonObject = {
  ...{ allow_proposed_rates: false, auto_invoice: false, branch: 4021, branch_tax_setup: 'Company Tax (20%)' },
  ...{ cap: null, colour: 'Teal', conjobs: [], contractor_tax_setup: 'Tutor Tax (no tax)', description: '' },
  ...{ dft_charge_type: 'hourly', dft_contractor_permissions: 'add-edit-complete', dft_location: null },
  ...{ dft_max_srs: null, extra_fee_per_apt: null, inactivity_time: null, is_bookable: false, is_deleted: false },
  ...{ labels: [], latest_apt_ahc: null, net_gross: 'gross', rcrs: [], report_required: false },
  ...{ require_con_job: true, require_rcr: true, review_units: null, sales_codes: null, desired_skills: [] },
  ...{ sr_premium: null, status: 'pending', total_apt_units: 0, extra_attrs: emptyAttributes() },
};

/** Creates a job, or updates one. An update requires the same fields, and ignores people. */
export function writeJob(write: Write, existing: AccountRecord | null): AccountRecord {
  const values = valuesOf(existing ? FIELDS : { ...FIELDS, ...PEOPLE }, write, existing);
  const now = new Date().toISOString();
  return saved(write, JOB, existing, { ...values, last_updated: now }, { ...INITIAL, created: now });
}
