import type { Action } from '../src/create.ts';
import { createAdHocCharge, updateAdHocCharge } from './ad-hoc-charge.ts';
import { createAffiliate, updateAffiliate } from './affiliate.ts';
import { apiRequest } from './api-request.ts';
import { acceptApplication, rejectApplication } from './application.ts';
import { createClient, updateClient } from './client.ts';
import { createCreditRequest } from './credit-request.ts';
import { createEnquiry } from './enquiry.ts';
import { addStudentToJob, addTutorToJob, removeStudentFromJob, removeTutorFromJob } from './job-people.ts';
import { createJob, updateJob } from './job.ts';
import { addLabel, removeLabel } from './label.ts';
import {
  addStudentToLesson,
  addTutorToLesson,
  removeStudentFromLesson,
  removeTutorFromLesson,
} from './lesson-people.ts';
import { createLesson, updateLesson } from './lesson.ts';
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
