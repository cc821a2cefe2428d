/** The words of the product that a Zap's owner sees instead of values such as `awaiting-report`. */

import { labelOf } from './field-labels.ts';
import { translate } from './product-words.ts';

/** The permissions of a tutor on a job (TutorCruncher's API docs, "job object"). */
export const PERMISSIONS = {
  'add-edit-complete': 'Add, Edit and Complete Lessons',
  'add-edit': 'Add and Edit Lessons',
  edit: 'Edit Lessons',
  complete: 'Complete Lessons',
};

const permissions = new Map(Object.entries(PERMISSIONS));

/** Other values whose words differ from the product's. */
const VALUE_PHRASES = new Map([
  ['cancelled-chargeable', 'Cancelled but Chargeable'],
  ['missed-chargeable', 'Missed but Chargeable'],
  ['payment-pending', 'Payment Pending'],
  ['pfi_reminders', 'Credit Request Reminders'],
  ['service-cold', 'Job Gone Cold'],
]);

/**
 * Maximum length of a value that is put into words. Longer values do not come from TutorCruncher's own lists of values.
 */
const MAX_LENGTH = 60;
const VALUE = /^[a-z\d]+(?:[-_][a-z\d]+)*$/i;

const wordsOf = (value: string): string =>
  VALUE_PHRASES.get(value) ?? (value.length > MAX_LENGTH || !VALUE.test(value) ? value : labelOf(translate(value)));

/**
 * Returns a value, or each of several values joined with ", ", in words of the product. Permissions have other words.
 */
export const productValues = (key: string, value: string): string =>
  (key.endsWith('permissions') ? permissions.get(value) : undefined) ??
  (value.includes(', ') ? value.split(', ').map(wordsOf).join(', ') : wordsOf(value));
