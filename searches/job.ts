import { job } from '../objects/job.ts';
import type { JsonObject } from '../wire/json.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { choiceInput, choicesInput, statusesOf } from '../src/inputs/choice.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { textInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { searchList } from '../src/search/list-search.ts';
import { aroundSpan } from '../src/search/span-filter.ts';
import { idFilters } from '../src/search/many/hidden-filters.ts';
import { searchForMany } from '../src/search/many/search-for-many.ts';
import { joined } from '../src/search/many/summary.ts';
import { comparable } from '../src/record/spelling.ts';
import { hasAnyStatus, hasLabel, includesPerson, isWithin, rowText } from '../src/api/rows.ts';
import { search } from '../src/search/search.ts';
import { FIND_LABEL, spanInputs } from './find-inputs.ts';

const NAME = textInput('find_name', {
  becomes: null,
  helpText:
    'The whole name of the job or a part of it. A job with exactly this name is preferred. Matches, in the result, is the number of ' +
    'jobs that match. With Find Student, it may count jobs of other students too. Only the newest 1,000 jobs are searched.',
});
const WHOLE_NAME = booleanInput('find_whole_name', {
  label: 'Find Whole Name Only',
  becomes: null,
  helpText:
    'Finds a job only if Find Name is its whole name, in any letter case. Choose this if the Zap creates the job when there ' +
    'is none: otherwise, Maths for Ann also finds the job Maths for Anna.',
});
const STUDENT = objectInput('student', {
  key: 'find_student',
  becomes: null,
  helpText: 'Search among the jobs of this student only. Fill in Find Name as well, for example with the subject.',
});
const STATUS = choiceInput('find_status', statusesOf(job), {
  becomes: null,
  helpText: 'Search among the jobs with this status only.',
});

const hasName = (row: JsonObject, wanted: string): boolean => comparable(rowText(row, 'name')) === wanted;
const hasPartOfName = (row: JsonObject, wanted: string): boolean => comparable(rowText(row, 'name')).includes(wanted);

export const jobSearch = search({
  key: 'find_job',
  description: 'Finds a job by its name, the newest job if several match.',
  object: job,
  inputs: [NAME, WHOLE_NAME, STUDENT, FIND_LABEL, STATUS],
  hasChoice: true,
  criteria: {
    oneOf: [NAME],
    ifEmpty:
      'This step has no name to search for, which it needs besides the other fields. Fill in "Find Name" with the name of the ' +
      'job or a part of it, or choose a job.',
  },
  soughtIn: (values) => ({
    name: comparable(values.of(NAME) ?? ''),
    ids: [STUDENT, FIND_LABEL, STATUS].map((input) => values.of<unknown>(input)),
  }),
  find: async (run, values) => {
    const [student, label, status] = [values.of(STUDENT), values.of(FIND_LABEL), values.of(STATUS)];
    const wanted = comparable(values.required(NAME));
    const acceptsPart = values.of(WHOLE_NAME) !== true;
    return searchList(run, job, {
      params: label === null ? {} : { labels: label },
      maxPages: 10,
      isRow: comparing(
        run,
        { name: wanted, status },
        (row) =>
          hasAnyStatus(row, status === null ? null : [status]) &&
          (hasName(row, wanted) || (acceptsPart && hasPartOfName(row, wanted))),
      ),
      isBest: (row) => hasName(row, wanted),
      // Rows of the list do not contain people, so the details are compared.
      isMatch: comparing(
        run,
        { labels: label, rcrs: student },
        (found) => (label === null || hasLabel(found, label)) && includesPerson(found.rcrs, 'recipient', student),
      ),
      narrow: 'Fill in "Find Label", or choose the job in this step.',
    });
  },
});

const PART_OF_NAME = textInput('find_name', {
  becomes: null,
  helpText:
    'Finds only jobs with this name or part of a name, in any letter case. Jobs with the whole name come first.',
});
const STATUSES = choicesInput('find_statuses', statusesOf(job), {
  becomes: null,
  helpText:
    'Finds only jobs that have one of these statuses. Leave empty for all statuses. Only the newest 1,000 jobs are compared; ' +
    `if older jobs may match, Is Complete is false, or the step fails if it finds none. ${NO_EMPTY_VALUE}`,
});
const CREATED = spanInputs('created', 'Created', 'jobs that were created');
const UPDATED = spanInputs('updated', 'Updated', 'jobs that were last changed');

export const jobsSearch = searchForMany({
  key: 'find_jobs',
  description:
    'Finds up to 100 jobs that meet all criteria, such as a status or label, the newest first, and lists them as text in the first result.',
  object: job,
  criteria: [PART_OF_NAME, STATUSES, FIND_LABEL, ...CREATED.inputs, ...UPDATED.inputs],
  narrow:
    'Fill in "Find Label", or fewer days in "Created From" and "Created To", or in "Updated From" and "Updated To".',
  line: ({ job_name: name, job_status_text: status }) => joined([joined([name]), status], ': '),
  criteriaIn: (run, values) => {
    const [name, label, statuses] = [values.of(PART_OF_NAME), values.of(FIND_LABEL), values.of(STATUSES)];
    const [created, updated] = [CREATED.spanOf(values), UPDATED.spanOf(values)];
    const wanted = name === null ? null : comparable(name);
    return {
      params: { ...aroundSpan('created', created), ...aroundSpan('last_updated', updated) },
      filters: idFilters(values, [FIND_LABEL]),
      isRow: comparing(
        run,
        { name, status: statuses, created: created.from ?? created.to, last_updated: updated.from ?? updated.to },
        (row) =>
          hasAnyStatus(row, statuses) &&
          isWithin(created, row, 'created') &&
          isWithin(updated, row, 'last_updated') &&
          (wanted === null || hasPartOfName(row, wanted)),
      ),
      isMatch: comparing(run, { labels: label }, (found) => label === null || hasLabel(found, label)),
      ...(wanted !== null && { order: (a, b) => Number(hasName(b, wanted)) - Number(hasName(a, wanted)) }),
    };
  },
});
