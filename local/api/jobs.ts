/** Writes of jobs, which the API calls services. */

import type { JsonObject } from '../../wire/json.ts';
import { amountText, type AccountRecord } from './account.ts';
import { emptyAttributes, writtenAttributes } from './custom-fields.ts';
import { fieldErrors, fieldsOf, hasErrors, pick, type Fields } from './fields.ts';
import { JOB_STUDENT, JOB_TUTOR, membersOf } from './members.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { saved, type Write } from './write.ts';

export const JOB_FIELDS: Fields = {
  name: { type: 'string', required: true },
  dft_charge_rate: { type: 'decimal', required: true },
  dft_contractor_rate: { type: 'decimal', required: true },
  description: { type: 'string', maxLength: 10_000 },
  dft_charge_type: { type: 'choice', choices: ['hourly', 'one-off'] },
  status: { type: 'choice', choices: ['pending', 'available', 'in-progress', 'finished', 'gone-cold'] },
  net_gross: { type: 'choice', choices: ['net', 'gross'] },
  ...fieldsOf('string', 'colour'),
  ...fieldsOf('integer', 'dft_max_srs', 'cap', 'review_units', 'inactivity_time'),
  ...fieldsOf('boolean', 'allow_proposed_rates', 'auto_invoice', 'report_required', 'require_rcr', 'require_con_job'),
  ...fieldsOf('decimal', 'sr_premium', 'extra_fee_per_apt'),
  // These fields are ids in requests but text in responses, so a job cannot be sent back as it was read.
  ...fieldsOf('integer', 'branch_tax_setup', 'contractor_tax_setup'),
};

const TAX_SETUPS = ['branch_tax_setup', 'contractor_tax_setup'];

const INITIAL: JsonObject = {
  ...{ allow_proposed_rates: false, auto_invoice: false, branch: 4021, branch_tax_setup: 'Company Tax (20%)' },
  ...{ cap: null, colour: 'Teal', conjobs: [], contractor_tax_setup: 'Tutor Tax (no tax)', description: '' },
  ...{ dft_charge_type: 'hourly', dft_contractor_permissions: 'add-edit-complete', dft_location: null },
  ...{ dft_max_srs: null, extra_fee_per_apt: null, inactivity_time: null, is_bookable: false, is_deleted: false },
  ...{ labels: [], latest_apt_ahc: null, net_gross: 'gross', rcrs: [], report_required: false },
  ...{ require_con_job: true, require_rcr: true, review_units: null, sales_codes: null, desired_skills: [] },
  ...{ sr_premium: null, status: 'pending', total_apt_units: 0 },
};

/** Converts sent fields to the format of responses: rates as numbers, other amounts as text. */
function readForm(body: JsonObject): JsonObject {
  const sent = pick(
    body,
    Object.keys(JOB_FIELDS).filter((name) => !TAX_SETUPS.includes(name)),
  );
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => {
      if (name === 'dft_charge_rate' || name === 'dft_contractor_rate') return [name, Number(value)];
      return [name, JOB_FIELDS[name]?.type === 'decimal' ? amountText(value) : value];
    }),
  );
}

/**
 * Creates a job (POST) or updates one (PUT, which requires the same fields and ignores people).
 *
 * @param existing - the job to update; null to create one
 */
export function writeJob(write: Write, existing: AccountRecord | null): ApiResponse {
  const { account, body } = write;
  const errors = fieldErrors(JOB_FIELDS, body, account);
  const students = membersOf(account, JOB_STUDENT, existing ? undefined : body.rcrs);
  const tutors = membersOf(account, JOB_TUTOR, existing ? undefined : body.conjobs);
  const custom = body.extra_attrs === undefined ? null : writtenAttributes(existing?.extra_attrs, body.extra_attrs);
  if ('errors' in students) errors.rcrs = students.errors;
  if ('errors' in tutors) errors.conjobs = tutors.errors;
  if (custom && 'errors' in custom) errors.extra_attrs = custom.errors;
  if (hasErrors(errors) || 'errors' in students || 'errors' in tutors) return badRequest(errors);

  const now = new Date().toISOString();
  const fields = {
    ...readForm(body),
    ...(custom && 'attributes' in custom && { extra_attrs: custom.attributes }),
    last_updated: now,
  };
  const people = { rcrs: students.members, conjobs: tutors.members };
  const all = existing ? fields : { ...INITIAL, created: now, extra_attrs: emptyAttributes(), ...fields, ...people };
  return saved(write, 'services', existing, all, 'A_SERVICE', 'a Job');
}
