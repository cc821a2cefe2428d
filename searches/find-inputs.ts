/** Inputs that several searches share. */

import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { wordInput } from '../src/inputs/text.ts';
import type { NumberedInputs } from '../src/numbered-search.ts';
import { nounOf } from '../src/object-record.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';

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

/**
 * Returns the inputs of a search for a numbered record of a client, in the order of the editor.
 *
 * @param example - a number
 */
export function numberedInputs(object: TutorCruncherObject, example: string): NumberedInputs {
  const noun = nounOf(object);
  return {
    number: wordInput({
      key: 'find_number',
      label: 'Find Number',
      becomes: null,
      helpText: `The number, such as ${example}, or its digits. Only the newest 1,000 ${noun}s are searched.`,
    }),
    client: FIND_CLIENT,
    status: choiceInput(
      {
        key: 'find_status',
        label: 'Find Status',
        becomes: null,
        helpText:
          `Search among the ${noun}s with this status only. If empty, the newest ${noun} of a client is the one that was ` +
          'sent last, or one that has not been sent if there is no other.',
      },
      statusesOf(object),
    ),
  };
}
