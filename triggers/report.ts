import { lesson } from '../objects/lesson.ts';
import { report } from '../objects/report.ts';
import { attendedStudents } from '../src/lookups/attended-students.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { reportsWithText } from '../src/lookups/reports-with-text.ts';
import { approvedReportTrigger } from '../src/polled/approved-report-trigger.ts';

// `reportsWithText` comes first, because it rarely needs a request. If it excludes a report, `attendedStudents` sends
// no request.
const CHOICES = [reportsWithText, attendedStudents(lesson)];

export const reportTriggers = triggersAbout({ object: report, lookups: CHOICES }, [
  {
    key: 'report_created',
    label: 'New Report',
    description: 'Triggers when a lesson report is created, once for each student of the lesson.',
    actions: { CREATED_REPORT: 'Created a Report' },
  },
]);

/** This trigger polls, because TutorCruncher documents no webhook for reports that are approved in a batch. */
export const reportApproved = approvedReportTrigger({
  key: 'report_approved',
  label: 'Report Approved',
  description: 'Triggers when a new report is approved within 10 days, checked every 1 to 15 minutes.',
  object: report,
  sample: { approved: true },
  lookups: CHOICES,
  reportsActions: ['APPROVED_A_REPORT'],
});
