import { lesson } from '../objects/lesson.ts';
import { report } from '../objects/report.ts';
import { attendedStudents } from '../src/lookups/attended-students.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { reportsWithText } from '../src/lookups/reports-with-text.ts';

// The first choice rarely takes a request, so it comes first.
const CHOICES = [reportsWithText, attendedStudents(lesson)];

export const reportTriggers = triggersAbout({ object: report, lookups: CHOICES }, [
  {
    key: 'report_created',
    label: 'New Report',
    description: 'Triggers when a lesson report is created, once for each student of the lesson.',
    actions: { CREATED_REPORT: 'Created a Report' },
  },
  {
    key: 'report_approved',
    label: 'Report Approved',
    description: 'Triggers when a lesson report is approved, once for each student of the lesson.',
    actions: { APPROVED_A_REPORT: 'Approved a Report' },
    earlier: { approved: false },
    requirement: { oneOf: { approved: [true] } },
  },
]);
