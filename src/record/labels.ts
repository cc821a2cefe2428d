/** The labels that a Zap's owner sees in place of record keys. */

/** Words whose spelling differs from title case. */
const SPELLINGS = new Map([
  ['id', 'ID'],
  ['url', 'URL'],
  ['pdf', 'PDF'],
  ['to', 'to'],
  ['of', 'of'],
  ['per', 'per'],
]);

/** Labels for endings of keys whose words alone would make a poor label. */
const PHRASES = new Map([
  ['dt_created', 'Created At'],
  ['dt_updated', 'Updated At'],
  ['dt_raised', 'Raised At'],
  ['dt_resolved', 'Resolved At'],
  ['due_dt', 'Due At'],
  ['reminder_dt', 'Reminder At'],
  ['date_created', 'Created At'],
  ['date_sent', 'Sent At'],
  ['date_paid', 'Paid At'],
  ['date_void', 'Voided At'],
  ['date_occurred', 'Occurred At'],
  ['net_gross', 'Net or Gross'],
  ['latest_lesson_ad_hoc_charge', 'Latest Lesson or Ad Hoc Charge'],
  ['created', 'Created At'],
  ['role_role_type', 'Role Type'],
  ['charge_client_forex', 'Client Cost in Foreign Currency'],
  ['pay_tutor', 'Tutor Pay'],
  ['work_done_details_amount_owed', 'Amount Owed for Work Done'],
  ['work_done_details_amount_paid', 'Amount Paid for Work Done'],
  ['work_done_details_total_paid_hours', 'Total Paid Hours'],
  ['subject_model', 'Subject Type'],
  ['qual_level', 'Level'],
]);

function titleCase(words: string): string {
  return words
    .split('_')
    .map((word) => SPELLINGS.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

/**
 * Returns the label of a record key, derived from its product words.
 *
 * @param key - a key such as `lesson_location_name`
 * @returns a label such as `Lesson Location Name`
 */
export function labelOf(key: string): string {
  // The loop tries the longest ending first.
  for (let start = 0; ;) {
    const phrase = PHRASES.get(key.slice(start));
    if (phrase !== undefined) return start === 0 ? phrase : `${titleCase(key.slice(0, start - 1))} ${phrase}`;
    const underscore = key.indexOf('_', start);
    if (underscore < 0) return titleCase(key);
    start = underscore + 1;
  }
}
