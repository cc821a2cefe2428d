import { JOB_WITHOUT_PERSON } from '../objects/job-as-subject.ts';
import { student } from '../objects/student.ts';
import { personDetails } from '../src/lookups/fetched-details.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const studentTriggers = triggersAbout({ object: student, lookups: [personDetails(student)] }, [
  {
    key: 'student_created',
    label: 'New Student',
    description: 'Triggers when a student is created.',
    actions: { CREATED_A_SR: 'Created a Student' },
    choices: ['label'],
    requirement: { time: 'date_created' },
  },
  // No example of this trigger's event is known. According to TutorCruncher's list of actions, the subject is the
  // student, but the documented fields of a student do not identify the job. The corresponding event about a tutor has
  // been observed with the job as its subject.
  {
    key: 'student_removed_from_job',
    label: 'Student Removed From Job',
    description: 'Triggers when a student is removed from a job.',
    actions: { REMOVED_SR_FROM_SERVICE: 'Removed a Student from a Job' },
    alternative: JOB_WITHOUT_PERSON,
  },
  {
    key: 'student_updated',
    label: 'Student Updated',
    description: "Triggers when a student's details or associated clients change.",
    actions: {
      EDITED_A_SR: 'Edited a Student',
      CREATED_A_SRCLIENT: 'Created an Associated Client link to a Student',
      EDITED_A_SRCLIENT: 'Edited an Associated Client link to a Student',
      DELETED_A_SRCLIENT: 'Deleted an Associated Client link from a Student',
      EDITED_OWN_PROFILE: 'Edited their own profile',
    },
    choices: ['label', 'changed fields'],
  },
  {
    key: 'student_label_added',
    label: 'Student Label Added',
    description: 'Triggers when a label is added to a student.',
    actions: { ADDED_A_LABEL_TO_A_USER: 'Added a Label to a User' },
    choices: ['label'],
    earlier: { labels: [] },
    requirement: { filled: ['labels'] },
  },
  {
    key: 'student_deleted',
    label: 'Student Deleted',
    description: 'Triggers when a student is deleted.',
    actions: { DELETED_A_SR: 'Deleted a Student' },
  },
]);
