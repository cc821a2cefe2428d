import type { Action } from '../src/action/action.ts';
import { adHocChargeActions } from './ad-hoc-charge.ts';
import { apiRequest } from './api-request.ts';
import { applicationActions } from './application.ts';
import { createCreditRequest } from './credit-request.ts';
import { createEnquiry } from './enquiry.ts';
import { jobActions } from './job.ts';
import { labelActions } from './label.ts';
import { lessonActions } from './lesson.ts';
import { jobPeopleActions, lessonPeopleActions } from './participants.ts';
import { affiliateActions, clientActions, studentActions, tutorActions } from './person.ts';
import { addTutorSkill } from './tutor-skill.ts';

/** All actions, in the order of docs/steps.md. */
export const actions: readonly Action[] = [
  ...clientActions,
  createEnquiry,
  ...tutorActions,
  addTutorSkill,
  ...studentActions,
  ...affiliateActions,
  ...jobActions,
  ...jobPeopleActions,
  ...applicationActions,
  ...lessonActions,
  ...lessonPeopleActions,
  createCreditRequest,
  ...adHocChargeActions,
  ...labelActions,
  apiRequest,
];

/** The definitions of the actions by key, for zapier-platform-core. */
export const creates = Object.fromEntries(actions.map(({ definition }) => [definition.key, definition]));

/** Pairs of a search and an action, by the key of the search. Zapier shows each pair as a Find or Create step. */
export const searchOrCreates = Object.fromEntries(
  actions.flatMap(({ search, definition }) => {
    if (!search) return [];
    const { key, noun } = search.definition;
    const description = `Finds ${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun.toLowerCase()}, or creates one.`;
    return [
      [key, { key, display: { label: `Find or Create ${noun}`, description }, search: key, create: definition.key }],
    ];
  }),
);
