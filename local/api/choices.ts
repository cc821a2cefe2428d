/**
 * The lists of an account that never change: labels, pipeline stages, categories, countries, subjects, levels and
 * action types.
 */

import documentedActions from '../../docs/action-types.json' with { type: 'json' };
import type { JsonObject } from '../../wire/json.ts';

export const BRANCH = {
  id: 4021,
  name: 'Bristol Branch',
  agency: { id: 9, name: 'Bright Sparks Tuition', url_slug: 'bright-sparks' },
  currency: 'GBP',
  timezone: 'Europe/London',
};

const LABELS =
  'Weekend, Sibling discount, Exam year, In person, Online only, Enquiry, Trial booked, Signed up, Newsletter'.split(
    ', ',
  );

/** The account has more labels than fit on one page. */
const labels = Array.from({ length: 120 }, (_, index): JsonObject => {
  const id = 21 + index;
  const name = LABELS[index] ?? `Group ${index + 1}`;
  const url = `https://app.tutorcruncher.com/api/labels/${id}/`;
  return { id, name, machine_name: name.toLowerCase().replaceAll(' ', '-'), url };
});

/** The label that TutorCruncher adds to the client of an enquiry. */
export const ENQUIRY_LABEL_ID = 26;

const category = (id: number, name: string, default_charge_amount: string): JsonObject => ({
  id,
  name,
  default_charge_amount,
  default_pay_amount: '0.00',
  default_description: name,
  contractor_usable: true,
  branch_tax_setup: 'Company Tax (20%)',
  contractor_tax_setup: 'Tutor Tax (no tax)',
  dft_net_gross: 'gross',
});

/** Returns rows with names and consecutive ids. */
const named = (firstId: number, names: readonly string[], fieldsAt: (index: number) => JsonObject) =>
  names.map((name, index) => ({ id: firstId + index, name, ...fieldsAt(index) }));

/** The rows of each list, keyed by the path of the list. */
export const choiceLists: ReadonlyMap<string, readonly JsonObject[]> = new Map(
  Object.entries({
    labels,
    'pipeline-stages': named(1, ['New enquiry', 'Contacted', 'First lesson booked', 'Signed up'], (index) => ({
      sort_index: index,
      colour: 'Gold',
    })),
    'ahc-categories': [
      category(5, 'Materials', '12.50'),
      category(6, 'Exam fee', '95.00'),
      category(7, 'Travel', '8.00'),
    ],
    countries: [
      { id: 75, name: 'France', code: 'FR' },
      { id: 105, name: 'Ireland', code: 'IE' },
      { id: 183, name: 'United Kingdom', code: 'GB' },
      { id: 184, name: 'United States', code: 'US' },
    ],
    subjects: named(31, ['Maths', 'Physics', 'French', 'English'], (index) => ({
      category_id: 4,
      category_name: index < 2 ? 'Sciences' : 'Languages',
      custom_to_branch: null,
    })),
    qual_levels: named(6, ['GCSE', 'A Level', 'Degree'], (index) => ({ ranking: 14 + index, custom_to_branch: null })),
  }),
);

/** Returns an entry of one of the lists, or null if the list has no entry with this id. */
export const choiceOf = (path: string, id: unknown): JsonObject | null =>
  choiceLists.get(path)?.find((row) => String(row.id) === String(id)) ?? null;

/** The academic years. Requests contain the index of a year, and responses contain the text of the year. */
export const ACADEMIC_YEARS: readonly string[] = [
  'Reception',
  ...Array.from({ length: 13 }, (_, index) => `Year ${index + 1}`),
];

const actionType = (key: string, msg: string, subject_types: readonly string[]): JsonObject => ({
  key,
  value: key,
  msg,
  help_text: '',
  extra_msg: '',
  subject_types,
});

/** Returns the documented actions with webhooks, and an action without webhooks. */
export const actionTypes = (): JsonObject[] => [
  actionType('LOGIN', 'Logged in', []),
  ...documentedActions.map(({ key, msg, subject_types: subjects }) => actionType(key, msg, subjects)),
];
