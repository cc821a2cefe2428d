import { report } from '../objects/report.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { NEWEST_PAGES, searchList } from '../src/search/list-search.ts';
import { refersTo } from '../src/api/rows.ts';
import { search } from '../src/search/search.ts';

const LESSON = objectInput('lesson', {
  key: 'find_lesson',
  becomes: 'appointment',
  helpText: 'Finds the report of this lesson. A lesson with several students can have several reports.',
});
const STUDENT = objectInput('student', {
  key: 'find_student',
  becomes: 'service_recipient',
  helpText:
    'Finds the newest report about this student or, if Find Lesson is filled in, the report of that lesson about them.',
});

export const reportSearch = search({
  key: 'find_report',
  description: 'Finds the report of a lesson, or the newest report about a student, with its text.',
  object: report,
  inputs: [LESSON, STUDENT],
  criteria: {
    oneOf: [LESSON, STUDENT],
    ifEmpty: 'This step does not say which report to find. Fill in "Find Lesson" or "Find Student".',
  },
  find: async (run, values) => {
    const [lesson, student] = [values.of(LESSON), values.of(STUDENT)];
    return searchList(run, report, {
      params: values.body() as Record<string, string>,
      maxPages: NEWEST_PAGES,
      isRow: comparing(
        run,
        { appointment: lesson, service_recipient: student },
        ({ appointment, service_recipient }) => refersTo(appointment, lesson) && refersTo(service_recipient, student),
      ),
      sortedBy: 'dt_created',
      narrow: 'Fill in both "Find Lesson" and "Find Student".',
    });
  },
});
