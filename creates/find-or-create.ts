/** Pairs of a search and an action, which Zapier shows as one step. The key of a pair is the key of its search. */

/** Defines a pair. */
const pair = (search: string, create: string, label: string, description: string) => ({
  key: search,
  display: { label, description },
  search,
  create,
});

export const searchOrCreates = {
  find_client: pair('find_client', 'create_client', 'Find or Create Client', 'Finds a client, or creates one.'),
  find_tutor: pair('find_tutor', 'create_tutor', 'Find or Create Tutor', 'Finds a tutor, or creates one.'),
  find_student: pair('find_student', 'create_student', 'Find or Create Student', 'Finds a student, or creates one.'),
  find_affiliate: pair(
    'find_affiliate',
    'create_affiliate',
    'Find or Create Affiliate',
    'Finds an affiliate, or creates one.',
  ),
  find_job: pair('find_job', 'create_job', 'Find or Create Job', 'Finds a job, or creates one.'),
};
