import { JOB_WITHOUT_PERSON } from '../objects/job-as-subject.ts';
import { tutor } from '../objects/tutor.ts';
import { personDetails } from '../src/lookups/fetched-details.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { BANK_DETAILS_ACTIONS, TERMS_ACTIONS } from './shared-actions.ts';

export const tutorTriggers = triggersAbout({ object: tutor, lookups: [personDetails(tutor)] }, [
  {
    key: 'tutor_created',
    label: 'New Tutor',
    description: 'Triggers when a tutor is created.',
    actions: { CREATED_A_CONTRACTOR: 'Created a Tutor' },
    sample: { status: 'pending' },
    choices: ['label'],
    requirement: { time: 'date_created' },
  },
  {
    key: 'tutor_signed_up',
    label: 'Tutor Signed Up',
    description: 'Triggers when someone signs up as a tutor.',
    actions: { CONTRACTOR_SIGN_UP: 'Signed up as a Tutor' },
    requirement: { oneOf: { status: ['pending'] }, time: 'date_created' },
  },
  // No example of an event is known for any of the next three triggers.
  {
    key: 'tutor_invited_to_interview',
    label: 'Tutor Invited to Interview',
    description: 'Triggers when a tutor is invited to an interview.',
    actions: { INVITED_CONTRACTOR_FOR_INTERVIEW: 'Invited a Tutor for an interview' },
    sample: { status: 'pending' },
  },
  {
    key: 'tutor_terms_agreed',
    label: 'Tutor Terms Agreed',
    description: "Triggers when a tutor agrees to the terms, or an administrator records the tutor's consent.",
    actions: TERMS_ACTIONS,
  },
  {
    key: 'tutor_requested',
    label: 'Tutor Requested',
    description: 'Triggers when someone requests a tutor.',
    actions: { REQUESTED_A_CONTRACTOR: 'Request a tutor' },
  },
  {
    key: 'tutor_removed_from_job',
    label: 'Tutor Removed From Job',
    description: 'Triggers when a tutor is removed from a job.',
    actions: { REMOVED_CONTRACTOR_FROM_SERVICE: 'Removed a Tutor from a Job' },
    // According to TutorCruncher's list of actions, the subject is the tutor, but the documented fields of a tutor do
    // not identify the job. A public program that receives this event expects the job, without the removed tutor, as
    // the event's subject.
    alternative: JOB_WITHOUT_PERSON,
  },
  {
    key: 'tutor_updated',
    label: 'Tutor Updated',
    description: "Triggers when a tutor's details, skills, qualifications or availability change.",
    actions: {
      EDITED_A_CONTRACTOR: 'Edited a Tutor',
      EDITED_SKILLS: 'Edited Skills',
      EDITED_QUALIFICATIONS: 'Edited Qualifications',
      EDITED_AVAILABILITY: 'Edited availability',
      EDITED_OWN_PROFILE: 'Edited their own profile',
    },
    choices: ['label', 'changed fields'],
  },
  // The event does not contain the tutor's availability, so no changed fields can be chosen.
  {
    key: 'tutor_availability_changed',
    label: 'Tutor Availability Changed',
    description: "Triggers when a tutor's availability changes.",
    actions: { EDITED_AVAILABILITY: 'Edited availability' },
    choices: ['label'],
  },
  {
    key: 'tutor_status_changed',
    label: 'Tutor Status Changed',
    description: "Triggers when a tutor's status changes.",
    actions: { CHANGED_CONTRACTOR_STATUS: "Changed a Tutor's status" },
    choices: ['statuses'],
    earlier: { status: 'pending' },
  },
  {
    key: 'tutor_reviewed',
    label: 'Tutor Reviewed',
    description: 'Triggers when a client reviews a tutor.',
    actions: { CREATED_A_REVIEW: 'Reviewed a Tutor' },
    earlier: { review_rating: 4.4, review_duration: '11:00:00' },
    requirement: { filled: ['review_rating'] },
  },
  {
    key: 'tutor_label_added',
    label: 'Tutor Label Added',
    description: 'Triggers when a label is added to a tutor.',
    actions: { ADDED_A_LABEL_TO_A_USER: 'Added a Label to a User' },
    choices: ['label'],
    earlier: { labels: [] },
    requirement: { filled: ['labels'] },
  },
  // No examples of this trigger's events are known.
  {
    key: 'tutor_payment_details_changed',
    label: 'Tutor Payment Details Added or Removed',
    description: 'Triggers when the bank account of a tutor is added or removed.',
    actions: BANK_DETAILS_ACTIONS,
    choices: ['actions', 'label'],
  },
  {
    key: 'tutor_deleted',
    label: 'Tutor Deleted',
    description: 'Triggers when a tutor is deleted.',
    actions: { DELETED_A_CONTRACTOR: 'Deleted a Tutor' },
  },
]);
