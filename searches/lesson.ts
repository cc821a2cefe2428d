import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { DATE_TIME_HELP, dateTimeInput } from '../src/inputs/moment.ts';
import { objectInput } from '../src/inputs/record-id.ts';
import { searchList } from '../src/list-search.ts';
import { comparable, includesPerson, refersTo, rowText } from '../src/rows.ts';
import { search } from '../src/search.ts';
import { FIND_CLIENT, FIND_JOB, FIND_TUTOR } from './find-inputs.ts';

const STUDENT = objectInput('student', { key: 'find_student', becomes: 'recipient' });
const STATUS = choiceInput('find_status', statusesOf(lesson), { becomes: 'status' });
const AFTER = dateTimeInput('find_after', {
  label: 'Starts At or After',
  becomes: 'start_gte',
  helpText: `Finds only lessons that start at this time or later. ${DATE_TIME_HELP}`,
});
const BEFORE = dateTimeInput('find_before', {
  label: 'Starts At or Before',
  becomes: 'start_lte',
  helpText: `Finds only lessons that start at this time or earlier. ${DATE_TIME_HELP}`,
});
const WHICH = choiceInput(
  'find_which',
  { earliest: 'Earliest', latest: 'Latest' },
  {
    label: 'Which Lesson',
    becomes: null,
    helpText:
      'The lesson to find if there are several. Leave empty for the latest one. To find the next lesson, choose Earliest and ' +
      'fill in Starts At or After with the current time, which is `{{zap_meta_utc_iso}}`.',
  },
);

const startOf = (row: JsonObject): number => Date.parse(rowText(row, 'start'));

export const lessonSearch = search({
  key: 'find_lesson',
  description: 'Finds the next or latest lesson of a student, client, tutor or job.',
  object: lesson,
  inputs: [STUDENT, FIND_CLIENT, FIND_TUTOR, FIND_JOB, STATUS, AFTER, BEFORE, WHICH],
  hasChoice: true,
  criteria: {
    oneOf: [STUDENT, FIND_CLIENT, FIND_TUTOR, FIND_JOB],
    ifEmpty:
      'This step does not say whose lesson to find. Fill in "Find Student", "Find Client", "Find Tutor" or ' +
      '"Find Job", or choose a lesson.',
  },
  find: async (run, values) => {
    const [student, client] = [values.of(STUDENT), values.of(FIND_CLIENT)];
    const [tutor, job] = [values.of(FIND_TUTOR), values.of(FIND_JOB)];
    const [status, after, before] = [values.of(STATUS), values.of(AFTER), values.of(BEFORE)];
    const direction = values.of(WHICH) === 'earliest' ? 1 : -1;
    return searchList(run, lesson, {
      params: values.body() as Record<string, string>,
      maxPages: 3,
      isRow: (row) => {
        const start = startOf(row);
        return (
          (status === null || comparable(rowText(row, 'status')) === status) &&
          (after === null || start >= Date.parse(after)) &&
          (before === null || start <= Date.parse(before)) &&
          refersTo(row.service, job)
        );
      },
      // Rows of the list do not contain people.
      isMatch: ({ rcras, cjas }) =>
        includesPerson(rcras, 'recipient', student) &&
        includesPerson(rcras, 'paying_client', client) &&
        includesPerson(cjas, 'contractor', tutor),
      order: (a, b) => direction * (startOf(a) - startOf(b)),
      paramsUpTo: (row) => ({ [direction < 0 ? 'start_gte' : 'start_lte']: rowText(row, 'start') }),
      narrow: 'Fill in "Starts At or After", "Starts At or Before" or "Find Job".',
    });
  },
});
