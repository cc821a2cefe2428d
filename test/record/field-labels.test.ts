import { describe, expect, it } from '@jest/globals';

import { itemLabelOf, labelOf } from '../../src/record/field-labels.ts';

// The labels of all known fields are in `docs/fields.md`. This table covers other keys.
describe('the label of an unknown field', () => {
  it.each([
    ['x', 'X'],
    ['visit_still_to_pay_url', 'Visit Still to Pay API URL'],
    ['created', 'Created At'],
    ['visit_dt_created', 'Visit Created At'],
    ['client_created_by', 'Client Created By'],
    // The words of a custom field's key come from the agency.
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
