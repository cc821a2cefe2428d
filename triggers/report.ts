import { report } from '../objects/report.ts';
import { triggersAbout } from '../src/object-trigger.ts';

export const reportTriggers = triggersAbout({ object: report }, [
  {
    key: 'report_created',
    label: 'New Report',
    description: 'Triggers when a lesson report is created.',
    actions: { CREATED_REPORT: 'Created a Report' },
  },
  {
    key: 'report_approved',
    label: 'Report Approved',
    description: 'Triggers when a lesson report is approved.',
    actions: { APPROVED_A_REPORT: 'Approved a Report' },
    earlier: { approved: false },
    requirement: { oneOf: { approved: [true] } },
  },
]);
