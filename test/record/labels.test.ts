import { describe, expect, it } from '@jest/globals';

import { itemLabelOf, labelOf, productValues } from '../../src/record/labels.ts';

// `docs/fields.md` contains the labels of all known fields.
describe('the label of an unknown field', () => {
  it.each([
    ['x', 'X'],
    ['visit_still_to_pay_url', 'Visit Still to Pay API URL'],
    ['created', 'Created At'],
    ['visit_dt_created', 'Visit Created At'],
    ['client_created_by', 'Client Created By'],
    // The words of a custom field are the agency's own.
    ['custom_photo_url', 'Custom Photo URL'],
    ['custom_actor_created', 'Custom Actor Created'],
  ])('of the key %j is %j', (key, label) => {
    expect(labelOf(key)).toBe(label);
  });

  it('in a line item does not repeat the object', () => {
    expect(itemLabelOf('tutor_skills', 'mood')).toBe('Tutor Skill Mood');
    expect(itemLabelOf('tutor_skills', 'tutor_mood')).toBe('Skill Tutor Mood');
  });
});

describe('productValues', () => {
  it.each([
    ['lesson_status', 'awaiting-report', 'Awaiting Report'],
    ['lesson_status', 'cancelled-chargeable', 'Cancelled but Chargeable'],
    ['client_received_notifications', 'invoices, apt_reminders', 'Invoices, Lesson Reminders'],
    ['permissions', 'add-edit-complete', 'Add, Edit and Complete Lessons'],
    ['permissions', 'complete', 'Complete Lessons'],
    ['permissions', 'view-only', 'View Only'],
    ['task_type', 'service-cold', 'Job Gone Cold'],
    ['x_status', 'a'.repeat(60), `A${'a'.repeat(59)}`],
    ...['', 'Été', '-a', 'a-', 'Needs a call!', 'constructor: x', 'a'.repeat(61)].map((value) => [
      'x_status',
      value,
      value,
    ]),
  ])('translates the %s %j to %j', (key = '', value = '', text = '') => {
    expect(productValues(key, value)).toBe(text);
  });
});
