import sample from '../objects/samples/application.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const application = tutorCruncherObject({
  word: 'application',
  sample,
  api: { path: 'tenders', isRowWhole: true },
});

export const applicationTriggers = [
  webhookTrigger({
    key: 'application_created',
    label: 'New Application',
    description: 'Triggers when a tutor applies for a job.',
    object: application,
    actions: { APPLIED_FOR_SERVICE: 'Applied for a Job' },
  }),
  webhookTrigger({
    key: 'application_accepted',
    label: 'Application Accepted',
    description: "Triggers when a tutor's application for a job is accepted.",
    object: application,
    actions: { TENDER_WAS_ACCEPTED: 'Application for a Job was accepted' },
    sample: { status: 'accepted' },
  }),
  webhookTrigger({
    key: 'application_declined',
    label: 'Application Declined',
    description: "Triggers when a tutor's application for a job is declined.",
    object: application,
    actions: { TENDER_WAS_DECLINED: 'Application for a Job was declined' },
    sample: { status: 'rejected' },
  }),
  webhookTrigger({
    key: 'application_withdrawn',
    label: 'Application Withdrawn',
    description: 'Triggers when a tutor withdraws an application for a job.',
    object: application,
    actions: { WITHDREW_APPLICATION_FOR_SERVICE: 'Withdrew their application for a Job' },
    sample: { status: 'withdrawn' },
  }),
];
