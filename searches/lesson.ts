import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { choiceInput, choicesInput, statusesOf } from '../src/inputs/choice.ts';
import { DATE_TIME_HELP, dateTimeInput } from '../src/inputs/date-time.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { periodInput } from '../src/inputs/period.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { searchList } from '../src/search/list-search.ts';
import { aroundSpan } from '../src/search/span-filter.ts';
import { idFilters } from '../src/search/many/hidden-filters.ts';
import { searchForMany } from '../src/search/many/search-for-many.ts';
import { joined, textsAmong } from '../src/search/many/summary.ts';
import { CANCELLED } from '../src/polled/lesson-poll.ts';
import { hasAnyStatus, includesPerson, isWithin, refersTo, rowText, type Span } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { search } from '../src/search/search.ts';
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
      'The lesson to find if there are several. Leave empty for the latest lesson. To find the next lesson, choose Earliest and ' +
      `fill in Starts At or After with the current time, which is \`{{zap_meta_utc_iso}}\`. ${NO_EMPTY_VALUE}`,
  },
);

const startOf = (row: JsonObject): number => Date.parse(rowText(row, 'start'));

/** Returns the time span in which a lesson must start, according to a run's inputs. */
function spanOf(values: InputValues): Span {
  const [after, before] = [values.of(AFTER), values.of(BEFORE)];
  return { from: after === null ? null : Date.parse(after), to: before === null ? null : Date.parse(before) };
}

/** Returns a function that compares a row with the criteria that the row shows. */
const isLesson = (run: StepRun, span: Span, statuses: readonly string[] | null, job: string | null) =>
  comparing(
    run,
    { start: true, status: statuses, service: job },
    (row) => hasAnyStatus(row, statuses) && isWithin(span, row, 'start') && refersTo(row.service, job),
  );

/**
 * Returns a function that compares a lesson with the people in the inputs of a run. Rows of the list do not contain
 * people.
 */
const hasPeopleOf = (run: StepRun, values: InputValues) => {
  const [student, client, tutor] = [values.of(STUDENT), values.of(FIND_CLIENT), values.of(FIND_TUTOR)];
  return comparing(
    run,
    { rcras: student ?? client, cjas: tutor },
    ({ rcras, cjas }) =>
      includesPerson(rcras, 'recipient', student) &&
      includesPerson(rcras, 'paying_client', client) &&
      includesPerson(cjas, 'contractor', tutor),
  );
};

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
    const [status, job, span] = [values.of(STATUS), values.of(FIND_JOB), spanOf(values)];
    const direction = values.of(WHICH) === 'earliest' ? 1 : -1;
    return searchList(run, lesson, {
      params: values.body() as Record<string, string>,
      maxPages: 3,
      isRow: isLesson(run, span, status === null ? null : [status], job),
      isMatch: hasPeopleOf(run, values),
      order: (a, b) => direction * (startOf(a) - startOf(b)),
      paramsUpTo: (row) => ({ [direction < 0 ? 'start_gte' : 'start_lte']: rowText(row, 'start') }),
      narrow: 'Fill in "Starts At or After", "Starts At or Before" or "Find Job".',
    });
  },
});

const STATUSES = choicesInput('find_statuses', statusesOf(lesson), {
  becomes: null,
  helpText:
    'Finds only lessons that have one of these statuses. Leave empty for all statuses. Cancelled lessons then appear in Matches as ' +
    'Text with their status, and do not count in Total Hours. ' +
    NO_EMPTY_VALUE,
});
const PERIOD = periodInput('find_period', {
  label: 'Period',
  becomes: null,
  helpText:
    'Finds only lessons that start in this period, at the time when the step runs and in the time zone of your branch. Weeks ' +
    'begin on Monday. Fill in either this field, or Starts At or After and Starts At or Before.',
});

/**
 * Returns the time span that is chosen in the inputs of a search for many lessons.
 *
 * @throws {Error} if the inputs contradict each other
 */
function chosenSpan(run: StepRun, values: InputValues): Span {
  const [period, times] = [values.of(PERIOD), spanOf(values)];
  if (period === null) return times;
  if (times.from === null && times.to === null) return period;
  throw run.refusal(
    'This step has both a period and times. Leave "Period", or "Starts At or After" and "Starts At or Before", empty.',
  );
}

export const lessonsSearch = searchForMany({
  key: 'find_lessons',
  description:
    'Finds up to 100 lessons that meet all criteria, such as a period and a tutor, the earliest first, and gives them as text with their total hours in the first result.',
  object: lesson,
  narrow:
    'Choose a shorter time in "Period", or in "Starts At or After" and "Starts At or Before", or fill in "Find Job".',
  criteria: [PERIOD, AFTER, BEFORE, STUDENT, FIND_CLIENT, FIND_TUTOR, FIND_JOB, STATUSES],
  line: (record) => {
    const { lesson_when: span, lesson_start_text: start, lesson_topic: topic, job_name: job } = record;
    const [when = ''] = textsAmong([span, start]).map((text) => text.replaceAll(/ \d{4}(?=,)/g, ''));
    const isCancelled = hasAnyStatus({ status: record.lesson_status }, CANCELLED);
    return joined([when, joined([topic, job, isCancelled ? record.lesson_status_text : null])], ': ');
  },
  minutes: 'lesson_duration_minutes',
  uncounted: { key: 'lesson_status', statuses: CANCELLED },
  criteriaIn: (run, values) => {
    const [statuses, job, span] = [values.of(STATUSES), values.of(FIND_JOB), chosenSpan(run, values)];
    const [status, another] = statuses ?? [];
    return {
      params: {
        ...aroundSpan('start', span),
        ...(job !== null && { service: job }),
        // TutorCruncher filters lessons by a single status only.
        ...(status !== undefined && another === undefined && { status }),
      },
      filters: idFilters(values, [STUDENT, FIND_CLIENT, FIND_TUTOR]),
      isRow: isLesson(run, span, statuses, job),
      isMatch: hasPeopleOf(run, values),
      order: (a, b) => startOf(a) - startOf(b),
      statuses,
    };
  },
});
