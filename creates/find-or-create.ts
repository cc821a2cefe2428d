/** Pairs of a search and an action, which Zapier shows as one step. The key of a pair is the key of its search. */

import type { Action } from '../src/create.ts';
import { createAffiliate } from './affiliate.ts';
import { createClient } from './client.ts';
import { createJob } from './job.ts';
import { createStudent } from './student.ts';
import { createTutor } from './tutor.ts';

/**
 * Defines a pair.
 *
 * @throws {Error} if the action names no search
 */
export function pair({ search, definition }: Action, label: string, description: string) {
  if (!search) throw new Error(`The action "${definition.key}" has no search.`);
  const { key } = search.definition;
  return { key, display: { label, description }, search: key, create: definition.key };
}

export const searchOrCreates = {
  find_client: pair(createClient, 'Find or Create Client', 'Finds a client, or creates one.'),
  find_tutor: pair(createTutor, 'Find or Create Tutor', 'Finds a tutor, or creates one.'),
  find_student: pair(createStudent, 'Find or Create Student', 'Finds a student, or creates one.'),
  find_affiliate: pair(createAffiliate, 'Find or Create Affiliate', 'Finds an affiliate, or creates one.'),
  find_job: pair(createJob, 'Find or Create Job', 'Finds a job, or creates one.'),
};
