/** Texts in which people of an office look for a unit, for a value, or for the reason why no step does something. */

import { expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';

const action = (key: string) => {
  const found = actions.find(({ definition }) => definition.key === key);
  if (!found) throw new Error(`There is no action "${key}".`);
  return found;
};
const helpOf = (key: string, input: string): string | undefined =>
  action(key).inputs.find(({ field }) => field.key === input)?.field.helpText;

const RATES = actions.flatMap(({ definition: { key }, inputs }) =>
  inputs.flatMap(({ field }) =>
    /^(?:charge|pay|default)_rate$/.test(field.key) ? [[key, field.label, field.helpText] as const] : [],
  ),
);

it('there are inputs for rates of jobs, lessons, their people, and tutors', () => {
  expect(RATES.length).toBeGreaterThanOrEqual(10);
});

it.each(RATES)('%s says the unit of %s', (_key, _label, helpText) => {
  expect(helpText).toMatch(/\b(?:per hour|hourly)\b/);
});

it.each(['create_lesson', 'add_student_to_lesson'])('%s shows an hourly rate for a longer lesson', (key) => {
  expect(helpOf(key, 'charge_rate')).toContain('To charge 48.00 for a lesson of 90 minutes, fill in 32.00.');
});

it.each([
  ['students', 'Student Charge Rate'],
  ['tutors', 'Tutor Pay Rate'],
])('create_job says why the result has no rate of its %s', (input, label) => {
  expect(helpOf('create_job', input)).toContain(`${label} in the result is empty, because`);
});

it('update_ad_hoc_charge names the field that has the current description', () => {
  expect(helpOf('update_ad_hoc_charge', 'description')).toContain(
    'map Ad Hoc Charge Description of the step Find Ad Hoc Charge',
  );
});

it('api_request says that it makes no refunds, creates no tasks and sends no emails', () => {
  const { description } = action('api_request').definition.display;
  expect(description).toContain('It sends no requests that take, record or refund a payment');
  expect(description).toContain('documents none that create a task, send an email or add a note');
});
