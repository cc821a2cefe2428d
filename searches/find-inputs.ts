/** Inputs that several searches share. They choose the records that a job, a lesson or a charge refers to. */

import { recordInput } from '../src/inputs/record-id.ts';

export const FIND_CLIENT = recordInput(
  { key: 'find_client', label: 'Find Client', becomes: 'client' },
  { list: 'client_list', search: 'find_client' },
);
export const FIND_TUTOR = recordInput(
  { key: 'find_tutor', label: 'Find Tutor', becomes: 'contractor' },
  { list: 'tutor_list', search: 'find_tutor' },
);
export const FIND_JOB = recordInput(
  { key: 'find_job', label: 'Find Job', becomes: 'service' },
  { list: 'job_list', search: 'find_job' },
);
