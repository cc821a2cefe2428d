import { report } from '../objects/report.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const reportTriggers = [
  objectTrigger({
    key: 'report_created',
    label: 'New Report',
    description: 'Triggers when a lesson report is created.',
    object: report,
    actions: { CREATED_REPORT: 'Created a Report' },
    earlier: null,
  }),
  objectTrigger({
    key: 'report_approved',
    label: 'Report Approved',
    description: 'Triggers when a lesson report is approved.',
    object: report,
    actions: { APPROVED_A_REPORT: 'Approved a Report' },
    sample: { approved: true },
    earlier: { approved: false },
    requirement: { oneOf: { approved: [true] } },
  }),
];
