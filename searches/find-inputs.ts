/** Inputs that several searches share. */

import type { InputValues } from '../src/inputs/input.ts';
import { DATE_HELP } from '../src/inputs/date-time.ts';
import { dayInput } from '../src/inputs/period.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import type { Span } from '../src/api/rows.ts';

export const FIND_CLIENT = objectInput('client', { key: 'find_client', becomes: 'client' });
export const FIND_TUTOR = objectInput('tutor', { key: 'find_tutor', becomes: 'contractor' });
export const FIND_JOB = objectInput('job', { key: 'find_job', becomes: 'service' });
export const FIND_LABEL = recordInput('find_label', 'label_list', {
  becomes: 'labels',
  helpText: 'Finds only records that have this label.',
});

/**
 * Returns the inputs for the first and the last day of a span.
 *
 * @param event - the word for the event in the keys of the inputs, such as `created`
 * @param what - the records and the event, for help texts: `jobs that were created`
 * @param remark - a sentence about the event, followed by a space, for the help text of the first day
 */
export function spanInputs(event: string, label: string, what: string, remark = '') {
  const days = 'in the time zone of your branch';
  const from = dayInput(`find_${event}_from`, 'from', {
    label: `${label} From`,
    becomes: null,
    helpText: `Finds only ${what} on this day or later, ${days}. ${remark}${DATE_HELP}`,
  });
  const to = dayInput(`find_${event}_to`, 'to', {
    label: `${label} To`,
    becomes: null,
    helpText: `Finds only ${what} on this day or earlier, ${days}. ${DATE_HELP}`,
  });
  return { inputs: [from, to], spanOf: (values: InputValues): Span => ({ from: values.of(from), to: values.of(to) }) };
}
