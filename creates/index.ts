import type { Action } from '../src/create.ts';
import { createAdHocCharge, updateAdHocCharge } from './ad-hoc-charge.ts';
import { createAffiliate, updateAffiliate } from './affiliate.ts';
import { apiRequest } from './api-request.ts';
import { acceptApplication, rejectApplication } from './application.ts';
import { createClient, updateClient } from './client.ts';
import { createCreditRequest } from './credit-request.ts';
import { createEnquiry } from './enquiry.ts';
import { createJob, updateJob } from './job.ts';
import { addLabel, removeLabel } from './label.ts';
import { createLesson, updateLesson } from './lesson.ts';
import {
  addStudentToJob,
  addStudentToLesson,
  addTutorToJob,
  addTutorToLesson,
  removeStudentFromJob,
  removeStudentFromLesson,
  removeTutorFromJob,
  removeTutorFromLesson,
} from './people.ts';
import { createStudent, updateStudent } from './student.ts';
import { addTutorSkill } from './tutor-skill.ts';
import { createTutor, updateTutor } from './tutor.ts';

/** Every action, in the order of the README. */
export const actions: readonly Action[] = [
  createClient,
  updateClient,
  createEnquiry,
  createTutor,
  updateTutor,
  addTutorSkill,
  createStudent,
  updateStudent,
  createAffiliate,
  updateAffiliate,
  createJob,
  updateJob,
  addStudentToJob,
  addTutorToJob,
  removeStudentFromJob,
  removeTutorFromJob,
  acceptApplication,
  rejectApplication,
  createLesson,
  updateLesson,
  addStudentToLesson,
  addTutorToLesson,
  removeStudentFromLesson,
  removeTutorFromLesson,
  createCreditRequest,
  createAdHocCharge,
  updateAdHocCharge,
  addLabel,
  removeLabel,
  apiRequest,
];

/** The definitions of the actions by key, for zapier-platform-core. */
export const creates = Object.fromEntries(actions.map(({ definition }) => [definition.key, definition]));

/** Pairs of a search and an action, which Zapier shows as one step, by the key of the search. */
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
