/** Replaces values such as `awaiting-report` with the words that TutorCruncher's screens show. */

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

/** The product's words for other values, which {@link translate} would translate incorrectly. */
const VALUE_PHRASES = new Map([
  ['cancelled-chargeable', 'Cancelled but Chargeable'],
  ['missed-chargeable', 'Missed but Chargeable'],
  ['payment-pending', 'Payment Pending'],
  ['pfi_reminders', 'Credit Request Reminders'],
  ['service-cold', 'Job Gone Cold'],
]);

/** Maximum length of a value that is translated, in characters. TutorCruncher's own values are shorter. */
const MAX_LENGTH = 60;
const VALUE = /^[a-z\d]+(?:[-_][a-z\d]+)*$/i;

const wordsOf = (value: string): string =>
  VALUE_PHRASES.get(value) ?? (value.length > MAX_LENGTH || !VALUE.test(value) ? value : labelOf(translate(value)));

/**
 * Returns the product's words for a value, or for each of several values joined with ", ". The key shows whether the
 * value is a permission, because permissions have separate words.
 */
export const productValues = (key: string, value: string): string =>
  (key.endsWith('permissions') ? permissions.get(value) : undefined) ??
  (value.includes(', ') ? value.split(', ').map(wordsOf).join(', ') : wordsOf(value));
