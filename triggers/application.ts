import { application, applicationForJob } from '../objects/application.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const applicationTriggers = [
  objectTrigger({
    key: 'application_created',
    label: 'New Application',
    description: 'Triggers when a tutor applies for a job.',
    object: application,
    actions: { APPLIED_FOR_SERVICE: 'Applied for a Job' },
    alternative: { object: 'job', toSubject: applicationForJob },
    earlier: null,
    requirement: { oneOf: { status: ['pending'] } },
  }),
  // No example of this event is known.
  objectTrigger({
    key: 'application_requested',
    label: 'Tutor Requested for Job',
    description: 'Triggers when a tutor is requested for a job.',
    object: application,
    actions: { CONTRACTOR_WAS_REQUESTED_FOR_SERVICE: 'Tutor was requested for a Job' },
    sample: { status: 'requested' },
    earlier: null,
    requirement: { oneOf: { status: ['requested'] } },
  }),
  objectTrigger({
    key: 'application_accepted',
    label: 'Application Accepted',
    description: "Triggers when a tutor's application for a job is accepted.",
    object: application,
    actions: { TENDER_WAS_ACCEPTED: 'Application for a Job was accepted' },
    sample: { status: 'accepted' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['accepted'] } },
  }),
  objectTrigger({
    key: 'application_declined',
    label: 'Application Declined',
    description: "Triggers when a tutor's application for a job is declined.",
    object: application,
    actions: { TENDER_WAS_DECLINED: 'Application for a Job was declined' },
    sample: { status: 'rejected' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['rejected'] } },
  }),
  objectTrigger({
    key: 'application_withdrawn',
    label: 'Application Withdrawn',
    description: 'Triggers when a tutor withdraws an application for a job.',
    object: application,
    actions: { WITHDREW_APPLICATION_FOR_SERVICE: 'Withdrew their application for a Job' },
    sample: { status: 'withdrawn' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['withdrawn'] } },
  }),
];
