import { application } from '../objects/application.ts';
import { applicationForJob } from '../objects/job-as-subject.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const applicationTriggers = triggersAbout({ object: application }, [
  {
    key: 'application_created',
    label: 'New Application',
    description: 'Triggers when a tutor applies for a job.',
    actions: { APPLIED_FOR_SERVICE: 'Applied for a Job' },
    alternative: { object: 'job', toSubject: applicationForJob },
    requirement: { oneOf: { status: ['pending'] } },
  },
  // No example of this trigger's event is known.
  {
    key: 'application_requested',
    label: 'Tutor Requested for Job',
    description: 'Triggers when a tutor is requested for a job.',
    actions: { CONTRACTOR_WAS_REQUESTED_FOR_SERVICE: 'Tutor was requested for a Job' },
    requirement: { oneOf: { status: ['requested'] } },
  },
  {
    key: 'application_accepted',
    label: 'Application Accepted',
    description: "Triggers when a tutor's application for a job is accepted.",
    actions: { TENDER_WAS_ACCEPTED: 'Application for a Job was accepted' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['accepted'] } },
  },
  {
    key: 'application_declined',
    label: 'Application Declined',
    description: "Triggers when a tutor's application for a job is declined.",
    actions: { TENDER_WAS_DECLINED: 'Application for a Job was declined' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['rejected'] } },
  },
  {
    key: 'application_withdrawn',
    label: 'Application Withdrawn',
    description: 'Triggers when a tutor withdraws an application for a job.',
    actions: { WITHDREW_APPLICATION_FOR_SERVICE: 'Withdrew their application for a Job' },
    earlier: { status: 'pending' },
    requirement: { oneOf: { status: ['withdrawn'] } },
  },
]);
