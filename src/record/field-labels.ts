/**
 * The labels that a Zap's owner sees instead of record keys. A label consists of the words of its key. Words that are
 * unclear to people who know the screens of TutorCruncher but not its API are replaced with clearer words.
 */

import { replacePhrases } from './product-words.ts';

const CAPITALS = new Set(['id', 'url', 'pdf']);
const SMALL_WORDS = new Set(['as', 'to', 'of', 'per']);

/**
 * Labels of event keys whose words would be misleading. A subject, for example, would be taken for a school subject.
 */
const EVENT_LABELS = new Map([
  ['event_action', 'Event Key'],
  ['subject_model', 'Record Type'],
  ['subject_id', 'Record ID'],
  ['subject_name', 'Record Name'],
  ['subject_url', 'Record API URL'],
]);

/** The label words for phrases of keys. Longer phrases take precedence. */
const PHRASES = new Map([
  // Values for programs
  ['url', 'API URL'],
  ['pdf_url', 'PDF URL (Expires)'],
  ['machine_name', 'API Name'],
  ['zap_url', 'Zap URL'],

  // People
  ['actor', 'Done By'],
  ['role_type', 'User Type'],
  ['note_focus', 'Note About'],
  ['task_admin', 'Task Assigned To'],
  ['task_role', 'Task About'],
  ['timezone', 'Time Zone'],
  ['received_notifications', 'Notification Preferences'],
  ['receive_job_notifications', 'Receives Job Notifications'],

  // Clients
  ['associated_admin', 'Manager'],
  ['client_associated_affiliate', 'Client Affiliate'],
  ['client_paid_student', 'Client Student'],
  ['invoices_count', 'Number of Invoices'],
  ['payment_pending', 'Pending Payments'],
  ['auto_charge', 'Autocharge'],
  ['sort_index', 'Position'],

  // Tutors
  ['qual_level', 'Level'],
  ['ranking', 'Rank'],
  ['custom_to_branch', 'Branch ID'],
  ['review_duration', 'Reviewed Hours'],
  ['work_done_details_amount_owed', 'Amount Owed for Work Done'],
  ['work_done_details_amount_paid', 'Amount Paid for Work Done'],
  ['work_done_details_total_paid_hours', 'Total Paid Hours'],

  // Jobs
  ['allow_proposed_rates', 'Allows Proposed Rates'],
  ['auto_invoice', 'Automatic Invoicing'],
  ['default_max_students', 'Maximum Students'],
  ['inactivity_time', 'Days Until Gone Cold'],
  ['job_branch', 'Job Branch ID'],
  ['job_branch_tax_setup', 'Job Branch Tax Setup'],
  ['job_cap', 'Job Maximum Lessons'],
  ['net_gross', 'Net or Gross'],
  ['report_required', 'Requires Report'],
  ['require_student', 'Requires Student'],
  ['require_tutor', 'Requires Tutor'],
  ['review_units', 'Hours Before Review Request'],
  ['student_premium', 'Extra Tutor Pay per Student'],

  // Lessons, reports and their locations
  ['lesson_when', 'Lesson Date and Time'],
  ['lesson_duration_minutes', 'Lesson Duration in Minutes'],
  ['can_conflict', 'Allows Double Booking'],
  ['location_role_id', 'Location Owner ID'],
  ['report_approved', 'Report Is Approved'],

  // Money
  ['adhoccharges', 'Ad Hoc Charges'],
  ['display_id', 'Number'],
  ['changed_people_ids', 'Changed People IDs'],
  ['invoice_charge', 'Invoice Item'],
  ['invoice_gross', 'Invoice Gross Amount'],
  ['invoice_net', 'Invoice Net Amount'],
  ['invoice_tax', 'Invoice Tax Amount'],
  ['payment_order_charge', 'Payment Order Item'],
  ['custom_description', 'Description'],
  ['charge_client_forex', 'Client Cost in Foreign Currency'],
  ['pay_tutor', 'Tutor Pay'],
  ['default_charge_amount', 'Default Client Cost'],
  ['default_pay_amount', 'Default Tutor Pay'],
  ['tutor_usable', 'Usable by Tutors'],
  ['package_active', 'Package Is Active'],
  ['credit_amount', 'Amount'],
  ['method', 'Method (Code)'],
  ['method_display', 'Method'],
  ['balance_change_role', 'Balance Change Person'],
  ['update_type', 'Type (Code)'],
  ['update_type_display', 'Type'],
  ['lessons_duration', 'Lesson Hours'],

  // Tasks, wellbeing concerns
  ['repeater', 'Repeat Pattern'],
  ['repeat_every', 'Repeat Interval'],
  ['notification_pending', 'Reminder Pending'],
  ['task_complete', 'Task Is Complete'],
  ['display_name', 'Number'],
]);

/** The label words for the endings of keys that hold a date-time. */
const MOMENTS = new Map([
  ['start', 'Start'],
  ['finish', 'Finish'],
  ['timestamp', 'Date and Time'],
  ['created', 'Created At'],
  ['date_created', 'Created At'],
  ['dt_created', 'Created At'],
  ['dt_updated', 'Updated At'],
  ['last_updated', 'Last Updated At'],
  ['latest_lesson_ad_hoc_charge', 'Latest Lesson or Charge At'],
  ['dt_raised', 'Raised At'],
  ['dt_resolved', 'Resolved At'],
  ['due_dt', 'Due At'],
  ['reminder_dt', 'Reminder At'],
  ['date_sent', 'Sent At'],
  ['date_paid', 'Paid At'],
  ['date_void', 'Voided At'],
  ['date_occurred', 'Occurred At'],
]);

function titleCase(word: string): string {
  if (CAPITALS.has(word)) return word.toUpperCase();
  return SMALL_WORDS.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1);
}

function labelOfWords(key: string): string {
  const words = key.split('_');
  const start = words.findIndex((_, index) => MOMENTS.has(words.slice(index).join('_')));
  if (start < 0) return replacePhrases(words, PHRASES, titleCase).join(' ');
  const moment = MOMENTS.get(words.slice(start).join('_'));
  return [...replacePhrases(words.slice(0, start), PHRASES, titleCase), moment].join(' ');
}

/** Returns the label of a record key: `Lesson Location Name` for `lesson_location_name`. */
export function labelOf(key: string): string {
  // Custom fields keep the agency's own words.
  if (key.startsWith('custom_')) return key.split('_').map(titleCase).join(' ');
  return EVENT_LABELS.get(key) ?? labelOfWords(key);
}

/**
 * Returns the label of a line item's field: `Tutor Skill Level` for `tutor_skills` and `level`. A label never repeats
 * the name of an object, so the tutor's name in the same list has the label `Skill Tutor Name`.
 */
export function itemLabelOf(listKey: string, itemKey: string): string {
  const item = labelOfWords(itemKey);
  const [owner = '', ...rest] = labelOfWords(listKey.replace(/s$/, '')).split(' ');
  const list = rest.length > 0 && item.startsWith(`${owner} `) ? rest : [owner, ...rest];
  return [...list, item].join(' ');
}
