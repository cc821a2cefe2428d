/** Inputs that several searches share. */

import { objectInput } from '../src/inputs/record-id.ts';

export const FIND_CLIENT = objectInput('client', { key: 'find_client', becomes: 'client' });
export const FIND_TUTOR = objectInput('tutor', { key: 'find_tutor', becomes: 'contractor' });
export const FIND_JOB = objectInput('job', { key: 'find_job', becomes: 'service' });
