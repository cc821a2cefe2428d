/** Writes of jobs, which the API calls services, and of tutors' applications for them. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { BRANCH } from './choices.ts';
import { ATTRIBUTES, emptyAttributes } from './custom-fields.ts';
import { fieldsOf, valuesOf, type Field, type Fields } from './field-checks.ts';
import { peopleOf, writeMember } from './members.ts';
import { refuse } from './refusal.ts';
import { announced, saved, type Kind, type Write } from './write.ts';

const JOB: Kind = { path: 'services', object: 'A_SERVICE', noun: 'a Job' };

const RATE: Field = { type: 'decimal', required: true, read: Number };
/** Field that is an id in requests but text in responses, so a job that was read cannot be sent back unchanged. */
const TAX_SETUP: Field = { type: 'integer', read: () => undefined };

/** The charge types as shown in lessons, keyed by their values in jobs. */
export const CHARGE_TYPES: Readonly<Record<string, string>> = {
  hourly: 'Hourly',
  'one-off': 'One off',
  'hourly-split': 'Hourly split',
  'one-off-split': 'One off split',
};

const FIELDS: Fields = {
  name: { type: 'string', required: true },
  dft_charge_rate: RATE,
  dft_contractor_rate: RATE,
  description: { type: 'string', maxLength: 10_000 },
  dft_charge_type: { type: 'choice', choices: Object.keys(CHARGE_TYPES) },
  status: { type: 'choice', choices: ['pending', 'available', 'in-progress', 'finished', 'gone-cold'] },
  net_gross: { type: 'choice', choices: ['net', 'gross'] },
  ...fieldsOf('string', 'colour'),
  // Responses do not contain the manager of a job. The stand-in has no locations to choose from.
  service_manager: { type: 'integer', read: () => undefined },
  dft_location: { type: 'integer', read: () => undefined },
  ...fieldsOf('integer', 'dft_max_srs', 'cap', 'review_units', 'inactivity_time'),
  ...fieldsOf('boolean', 'allow_proposed_rates', 'auto_invoice', 'report_required', 'require_rcr', 'require_con_job'),
  ...fieldsOf('decimal', 'sr_premium', 'extra_fee_per_apt'),
  branch_tax_setup: TAX_SETUP,
  contractor_tax_setup: TAX_SETUP,
  extra_attrs: ATTRIBUTES,
};

const INITIAL: JsonObject = {
  allow_proposed_rates: false,
  is_bookable: false,
  is_deleted: false,
  report_required: false,
  require_con_job: true,
  require_rcr: true,
  branch: BRANCH.id,
  branch_tax_setup: 'Company Tax (20%)',
  contractor_tax_setup: 'Tutor Tax (no tax)',
  dft_charge_type: 'hourly',
  dft_contractor_permissions: 'add-edit-complete',
  net_gross: 'gross',
  colour: 'Teal',
  description: '',
  status: 'pending',
  total_apt_units: 0,
  extra_attrs: emptyAttributes(),
};

/** Creates or updates a job. An update requires the same fields, and ignores people. */
export function writeJob(write: Write, existing: AccountRecord | null): AccountRecord {
  const values = valuesOf(existing ? FIELDS : { ...FIELDS, ...peopleOf('services') }, write, existing);
  const now = new Date().toISOString();
  const initial = { ...INITIAL, auto_invoice: write.behaviour.autoInvoiceDefault, created: now };
  return saved(write, JOB, existing, { ...values, last_updated: now }, initial);
}

/** Accepts an application, which adds the tutor to the job, or rejects it. */
export function decideApplication(write: Write, application: AccountRecord, isAccepted: boolean): AccountRecord {
  const { account } = write;
  const { service, contractor, status } = application;
  if (!['pending', 'requested'].includes(String(status))) {
    return refuse({ non_field_errors: ['This application has been decided.'] });
  }
  const job = isJsonObject(service) ? account.find('services', service.id) : null;
  if (isAccepted && job && isJsonObject(contractor)) {
    const addition = { ...write, body: { contractor: contractor.id }, announce: () => undefined };
    writeMember(addition, 'services', job, 'contractor', true);
  }
  const changed = account.change('tenders', application.id, { status: isAccepted ? 'accepted' : 'rejected' });
  return announced(write, 'tenders', changed, {
    action: isAccepted ? 'TENDER_WAS_ACCEPTED' : 'TENDER_WAS_DECLINED',
    verb: `Application for a Job was ${isAccepted ? 'accepted' : 'declined'}`,
  });
}
