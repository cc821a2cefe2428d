import type { Action } from '../src/create.ts';
import { createAdHocCharge } from './ad-hoc-charge.ts';
import { createAffiliate, updateAffiliate } from './affiliate.ts';
import { apiRequest } from './api-request.ts';
import { createClient, updateClient } from './client.ts';
import { createEnquiry } from './enquiry.ts';
import { addStudentToJob, addTutorToJob, createJob } from './job.ts';
import { addLabel, removeLabel } from './label.ts';
import { createLesson, updateLesson } from './lesson.ts';
import { createStudent, updateStudent } from './student.ts';
import { createTutor, updateTutor } from './tutor.ts';

/** Every action, in the order of the README. */
export const actions: readonly Action[] = [
  createClient,
  updateClient,
  createEnquiry,
  createTutor,
  updateTutor,
  createStudent,
  updateStudent,
  createAffiliate,
  updateAffiliate,
  createJob,
  addStudentToJob,
  addTutorToJob,
  createLesson,
  updateLesson,
  createAdHocCharge,
  addLabel,
  removeLabel,
  apiRequest,
];

/** The definitions of the actions by key, for zapier-platform-core. */
export const creates = Object.fromEntries(actions.map(({ definition }) => [definition.key, definition]));
