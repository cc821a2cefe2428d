/**
 * The state that each trigger's subject must have in test data. The sample and the account's own records, which a test
 * shows, must look like records for which the trigger could have fired. Live events are not compared with this table,
 * because TutorCruncher decides when it sends an event, and no event may be lost.
 */

import type { JsonObject } from '../wire/json.ts';

/** A trigger's conditions on the subject of its test data. */
export interface SubjectRequirement {
  /** The values that a field may have. Texts are in lower case, and the comparison ignores letter case. */
  readonly oneOf?: Readonly<Record<string, readonly (string | boolean)[]>>;
  /** Fields that must have a value. A list must not be empty. */
  readonly filled?: readonly string[];
  /** The field with the time of the event, if it differs from the time of the last change. */
  readonly time?: string;
}

/** The requirements by trigger key, in the order of the README. */
export const SUBJECT_REQUIREMENTS: Readonly<Record<string, SubjectRequirement>> = {
  client_created: { time: 'date_created' },
  client_enquiry: { oneOf: { status: ['prospect'] }, time: 'date_created' },
  client_signed_up: { oneOf: { status: ['prospect'] }, time: 'date_created' },
  client_updated: {},
  // The Zap's owner can choose any status.
  client_status_changed: {},
  client_pipeline_stage_changed: { filled: ['pipeline_stage'] },
  client_balance_changed: {},
  client_label_added: { filled: ['labels'] },
  client_deleted: {},
  tutor_created: { time: 'date_created' },
  tutor_signed_up: { oneOf: { status: ['pending'] }, time: 'date_created' },
  tutor_updated: {},
  tutor_status_changed: {},
  tutor_reviewed: { filled: ['review_rating'] },
  tutor_label_added: { filled: ['labels'] },
  tutor_deleted: {},
  student_created: { time: 'date_created' },
  student_updated: {},
  student_label_added: { filled: ['labels'] },
  student_deleted: {},
  affiliate_created: { time: 'date_created' },
  affiliate_updated: {},
  job_created: { time: 'created' },
  job_updated: {},
  job_status_changed: {},
  job_tutor_added: { filled: ['conjobs'] },
  job_student_added: { filled: ['rcrs'] },
  job_label_added: { filled: ['labels'] },
  job_deleted: {},
  application_created: { oneOf: { status: ['pending'] } },
  application_accepted: { oneOf: { status: ['accepted'] } },
  application_declined: { oneOf: { status: ['rejected'] } },
  application_withdrawn: { oneOf: { status: ['withdrawn'] } },
  lesson_created: { oneOf: { status: ['planned'] } },
  lesson_booked: { oneOf: { status: ['planned'] }, filled: ['rcras'] },
  // TutorCruncher's API accepts changes only to planned lessons.
  lesson_updated: { oneOf: { status: ['planned'] } },
  lesson_completed: { oneOf: { status: ['complete'] }, time: 'finish' },
  lesson_cancelled: { oneOf: { status: ['cancelled', 'cancelled-chargeable'] } },
  lesson_deleted: {},
  report_created: {},
  report_approved: { oneOf: { approved: [true] } },
  invoice_raised: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  invoice_paid: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  invoice_payment_failed: { oneOf: { status: ['failed'] } },
  invoice_voided: { oneOf: { status: ['void'] }, time: 'date_void' },
  credit_request_raised: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  credit_request_paid: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  payment_order_raised: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  payment_order_paid: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  ad_hoc_charge_created: {},
  package_purchased: {},
  note_added: { time: 'dt_created' },
  task_created: {},
  any_event: {},
};

/**
 * Returns the requirements of a trigger on the subject of its test data.
 *
 * @throws {Error} if the table has no row for the trigger
 */
export function subjectRequirementOf(triggerKey: string): SubjectRequirement {
  const requirement = SUBJECT_REQUIREMENTS[triggerKey];
  if (requirement) return requirement;
  throw new Error(
    `The trigger "${triggerKey}" has no row in src/subject-requirements.ts. Add one, even if it is empty.`,
  );
}

const isOneOf = (allowed: readonly unknown[], value: unknown): boolean =>
  allowed.includes(typeof value === 'string' ? value.toLowerCase() : value);

const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== null && value !== '';

/**
 * Returns true if a record meets a requirement. Rows of lists contain few fields, so a missing field is ignored, as it
 * is in the filters of triggers.
 */
export const meets = ({ oneOf = {}, filled = [] }: SubjectRequirement, record: JsonObject): boolean =>
  Object.entries(oneOf).every(([field, allowed]) => !(field in record) || isOneOf(allowed, record[field])) &&
  filled.every((field) => !(field in record) || isFilled(record[field]));
