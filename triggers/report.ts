import sample from '../objects/samples/report.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const report = tutorCruncherObject({ word: 'report', sample, api: { path: 'reports', hasCustomFields: true } });

export const reportTriggers = [
  webhookTrigger({
    key: 'report_created',
    label: 'New Report',
    description: 'Triggers when a lesson report is created.',
    object: report,
    actions: { CREATED_REPORT: 'Created a Report' },
  }),
  webhookTrigger({
    key: 'report_approved',
    label: 'Report Approved',
    description: 'Triggers when a lesson report is approved.',
    object: report,
    actions: { APPROVED_A_REPORT: 'Approved a Report' },
    sample: { approved: true },
  }),
];
