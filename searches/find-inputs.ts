/** Inputs that several searches share. */

import { OBJECT_NAMES, type ObjectWord } from '../wire/models.ts';
import type { Input } from '../src/inputs/input.ts';
import { objectInput, recordInput } from '../src/inputs/record-id.ts';

export const FIND_CLIENT = objectInput('client', { key: 'find_client', becomes: 'client' });
export const FIND_TUTOR = objectInput('tutor', { key: 'find_tutor', becomes: 'contractor' });
export const FIND_JOB = objectInput('job', { key: 'find_job', becomes: 'service' });

/** Returns the input for a record that the user chooses instead of searching for it. */
export const chosenInput = (word: ObjectWord): Input<string> =>
  recordInput(word, `${word}_list`, {
    becomes: null,
    helpText:
      `Choose a record, or map the ${OBJECT_NAMES[word]} ID of an earlier step. If filled in, the other fields are ` +
      'ignored.',
  });
