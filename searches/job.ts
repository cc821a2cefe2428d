import { job } from '../objects/job.ts';
import type { JsonObject } from '../wire/json.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { objectInput, recordInput } from '../src/inputs/record-id.ts';
import { booleanInput, textInput } from '../src/inputs/scalar.ts';
import { searchList } from '../src/list-search.ts';
import { comparable, includesPerson, refersTo, rowText } from '../src/rows.ts';
import { search } from '../src/search.ts';

const NAME = textInput('find_name', {
  becomes: null,
  helpText: 'The whole name of the job or a part of it. Only the newest 1,000 jobs are searched.',
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
  helpText: 'Search among the jobs of this student only.',
});
const LABEL = recordInput('find_label', 'label_list', {
  becomes: 'labels',
  helpText: 'Search among the jobs with this label only.',
});
const STATUS = choiceInput('find_status', statusesOf(job), {
  becomes: null,
  helpText: 'Search among the jobs with this status only.',
});

const hasLabel = ({ labels }: JsonObject, id: string): boolean =>
  Array.isArray(labels) && labels.some((label: unknown) => refersTo(label, id));

export const jobSearch = search({
  key: 'find_job',
  description: 'Finds a job by its name.',
  object: job,
  inputs: [NAME, WHOLE_NAME, STUDENT, LABEL, STATUS],
  hasChoice: true,
  criteria: {
    oneOf: [NAME],
    ifEmpty: 'This step has no name to search for. Fill in "Find Name", or choose a job.',
  },
  find: async (run, values) => {
    const [student, label, status] = [values.of(STUDENT), values.of(LABEL), values.of(STATUS)];
    const wanted = comparable(values.required(NAME));
    const hasWholeName = (row: JsonObject) => comparable(rowText(row, 'name')) === wanted;
    const acceptsPart = values.of(WHOLE_NAME) !== true;
    return searchList(run, job, {
      params: label === null ? {} : { labels: label },
      maxPages: 10,
      isRow: (row) =>
        (status === null || comparable(rowText(row, 'status')) === status) &&
        (hasWholeName(row) || (acceptsPart && comparable(rowText(row, 'name')).includes(wanted))),
      isBest: hasWholeName,
      // Rows of the list do not contain people.
      isMatch: (found) =>
        (label === null || hasLabel(found, label)) && includesPerson(found.rcrs, 'recipient', student),
      narrow: 'Fill in "Find Label", or choose the job in this step.',
    });
  },
});
