/**
 * The harm of a difference: the parts of the app that would send wrong data or lose events. The app detects or
 * tolerates all other differences.
 */

import { labelOf } from '../src/record/field-labels.ts';
import { translate } from '../src/record/product-words.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { listedActions } from '../wire/action-filter.ts';

/** The parts of the app that must not be used, in the words of Zapier's editor; empty for a harmless difference. */
export type Harm = 'everything' | readonly string[];

/** Returns the labels of the triggers that use an action that the differences name. */
const triggersOf = (differences: readonly string[]): string[] => {
  const actions = new Set(differences.flatMap((text) => text.split(', ')));
  return webhookTriggers
    .filter(({ filter }) => listedActions(filter.actions).some((action) => actions.has(action)))
    .map(({ definition }) => definition.display.label);
};

/**
 * Returns a function that creates one text for each list in the differences. The differences `clients.town` and
 * `clients?status`, for example, are about the list of clients.
 */
const forLists =
  (text: (list: string) => string) =>
  (differences: readonly string[]): string[] => {
    const paths = differences.map((difference) => /^[\w-]+/.exec(difference)?.[0] ?? '');
    return [...new Set(paths)].map((path) => text(labelOf(translate(path.replaceAll('-', '_')))));
  };

const stepsThatRead = forLists((list) => `steps that read ${list}`);

const POLLED_LESSONS = ['Lesson Starting Soon', 'Lesson Ended', 'Lesson Not Completed', 'Report Missing'];

/** The harm of each assumption: a constant, or a function of the differences. */
export const HARM: ReadonlyMap<string, Harm | ((differences: readonly string[]) => Harm)> = new Map<
  string,
  Harm | ((differences: readonly string[]) => Harm)
>([
  ['access.plan', 'everything'],
  ['delivery.signature', 'everything'],
  ['delivery.events', 'everything'],
  ['delivery.timestamp', 'everything'],
  ['events.branch', 'everything'],
  // A webhook with an unknown model affects every trigger. If only the list of action types contains an unknown model,
  // the differences name the affected actions.
  ['events.models', (differences) => (differences.includes('subject.model') ? 'everything' : triggersOf(differences))],
  ['events.actions', triggersOf],
  ['events.custom-fields', ['custom fields in any step']],
  ['events.lesson-once', ['triggers for lessons']],
  ['events.lesson-people', ['Lesson Updated', 'Lesson People Changed']],
  ['events.lesson-people-edit', ['Lesson Updated without a relay']],
  ['events.absence-later', ['Student Missed Lesson']],
  ['events.terms-consent', () => triggersOf(['RECORDED_TERMS_CONSENT'])],
  ['events.payment-details', () => triggersOf(['SAVED_CARD_DETAILS', 'ADDED_BANK_DETAILS'])],
  ['events.numbers', ['amounts in any step']],
  ['events.statuses', forLists((list) => `fields and filters with the status of ${list}`)],
  ['api.branch', 'everything'],
  ['lists.envelope', stepsThatRead],
  ['lists.page-size', stepsThatRead],
  ['lists.newest-first', stepsThatRead],
  ['lists.sent-first', stepsThatRead],
  ['lists.rows-needed', stepsThatRead],
  ['lists.rows-tasks', ['Task Due']],
  ['lists.rows-reports', ['Report Approved']],
  ['filters.email', forLists((list) => `searches for ${list} by email address`)],
  ['filters.lessons', ['Find Lesson', 'Job Gone Quiet', 'Only First Lessons Of in any trigger']],
  ['filters.start', [...POLLED_LESSONS, 'Job Gone Quiet']],
  ['details.fields', forLists((list) => `fields of ${list} that the line of details.fields names`)],
  ['details.times', forLists((list) => `dates and times of ${list}`)],
  ['details.ids', stepsThatRead],
  ['details.balance', ['Balance Below']],
  ['writes.auto-charge', ['Create Credit Request']],
  ['writes.charge-types', ['Create Job', 'Update Job']],
]);

/** Returns the harm of a difference. A difference about an action that no trigger uses is harmless. */
export function harmOf(name: string, differences: readonly string[]): Harm {
  const harm = HARM.get(name) ?? [];
  return typeof harm === 'function' ? harm(differences) : harm;
}
