import { client } from '../objects/client.ts';
import { lesson } from '../objects/lesson.ts';
import { tutor } from '../objects/tutor.ts';
import { contacts, familyContacts } from '../src/lookups/fetched-details.ts';
import { firstLessons } from '../src/lookups/first-lessons.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { CANCELLED } from '../src/polled/lesson-poll.ts';
import { endedLessonTrigger, startingLessonTrigger, unfinishedLessonTrigger } from '../src/polled/lesson-triggers.ts';
import { quietJobTrigger } from '../src/polled/quiet-job-trigger.ts';

const FIRST_LESSONS = firstLessons(lesson);

const POLLED_CONTACTS = contacts(client, tutor, 'a later poll returns the lesson');

/** The actions about a tutor of a lesson. */
const TUTOR_ACTIONS = {
  ADDED_CONTRACTOR_TO_APPOINTMENT: 'Added a Tutor to a Lesson',
  REMOVED_CONTRACTOR_FROM_APPOINTMENT: 'Removed a Tutor from a Lesson',
  EDITED_CONTRACTOR_ON_APPOINTMENT: 'Edited a Tutor on a Lesson',
};

/** The actions about a student of a lesson. */
const STUDENT_ACTIONS = {
  ADDED_SR_TO_APPOINTMENT: 'Added a Student to a Lesson',
  REMOVED_SR_FROM_APPOINTMENT: 'Removed a Student from a Lesson',
  EDITED_SR_ON_APPOINTMENT: 'Edited a Student on a Lesson',
};

const wholeLessonTriggers = triggersAbout({ object: lesson, lookups: [contacts(client, tutor)] }, [
  {
    key: 'lesson_created',
    label: 'New Lesson',
    description: 'Triggers when a lesson is created, including each lesson of a repeating series.',
    actions: {
      CREATED_AN_APPOINTMENT: 'Created a Lesson',
      CREATED_A_REPEATING_APPOINTMENT: 'Created a Repeating Lesson',
    },
    choices: ['run for'],
    requirement: { oneOf: { status: ['planned'] } },
  },
  {
    key: 'lesson_booked',
    label: 'Lesson Booked',
    description: 'Triggers when a lesson is booked.',
    actions: { BOOKED_AN_APPOINTMENT: 'Booked a Lesson' },
    choices: ['run for'],
    earlier: { rcras: [] },
    requirement: { oneOf: { status: ['planned'] }, filled: ['rcras'] },
  },
  {
    key: 'lesson_updated',
    label: 'Lesson Updated',
    description: 'Triggers when a lesson or a series is edited, or its tutors or students change.',
    descriptionWithoutRelay: 'Triggers when a lesson or its people change, and possibly twice when its people change.',
    actions: {
      EDITED_AN_APPOINTMENT: 'Edited a Lesson',
      EDITED_REPEATED_APPOINTMENTS: 'Edited a Lesson and all future linked Lessons',
      ...TUTOR_ACTIONS,
      ...STUDENT_ACTIONS,
    },
    choices: ['run for', 'changed fields'],
    oncePerState: true,
    // TutorCruncher's API allows changes only to planned lessons.
    requirement: { oneOf: { status: ['planned'] } },
  },
  {
    key: 'lesson_people_changed',
    label: 'Lesson People Changed',
    description: 'Triggers when a tutor or a student of a lesson is added, removed or edited.',
    actions: { ...TUTOR_ACTIONS, ...STUDENT_ACTIONS },
    choices: ['actions', 'run for'],
    namesPeople: true,
    earlier: { cjas: [] },
    requirement: { oneOf: { status: ['planned'] }, filled: ['cjas', 'rcras'] },
  },
  {
    key: 'lesson_rescheduled',
    label: 'Lesson Rescheduled',
    description: 'Triggers when the start or the end of a lesson changes.',
    actions: {
      EDITED_AN_APPOINTMENT: 'Edited a Lesson',
      EDITED_REPEATED_APPOINTMENTS: 'Edited a Lesson and all future linked Lessons',
    },
    choices: ['run for'],
    onlyIfChanged: ['lesson_start', 'lesson_finish'],
    earlier: lesson.earlier,
    requirement: { oneOf: { status: ['planned'] } },
  },
  {
    key: 'lesson_completed',
    label: 'Lesson Completed',
    description: 'Triggers when a lesson is marked complete.',
    actions: { MARKED_AN_APPOINTMENT_AS_COMPLETE: 'Marked a Lesson as complete' },
    choices: ['run for'],
    lookups: [FIRST_LESSONS],
    earlier: { status: 'planned' },
    requirement: { oneOf: { status: ['complete'] }, time: 'finish' },
  },
  {
    key: 'lesson_cancelled',
    label: 'Lesson Cancelled',
    description: 'Triggers when a lesson or a booking for a lesson is cancelled.',
    actions: { MARKED_AN_APPOINTMENT_AS_CANCELLED: 'Cancelled a Lesson', CANCELLED_A_BOOKING: 'Cancelled a booking' },
    choices: ['run for'],
    // If one family cancels its booking of a class lesson, the lesson still takes place for the other families.
    partialAction: { action: 'CANCELLED_A_BOOKING', statuses: CANCELLED },
    earlier: { status: 'planned' },
    requirement: { oneOf: { status: CANCELLED } },
  },
  {
    key: 'lesson_deleted',
    label: 'Lesson Deleted',
    description: 'Triggers when a lesson is deleted.',
    actions: { DELETED_AN_APPOINTMENT: 'Deleted a Lesson' },
    choices: ['run for'],
    earlier: { topic: 'Graphs' },
  },
]);

/** The entry of the sample lesson's student, who was absent. */
const MISSED_BY_LEO = {
  recipient: 503,
  recipient_name: 'Leo Raman',
  paying_client: 301,
  paying_client_name: 'Priya Raman',
  charge_rate: '42.00',
  status: 'missed',
};

const absenceTriggers = triggersAbout({ object: lesson, lookups: [familyContacts(client, tutor)] }, [
  {
    key: 'student_missed_lesson',
    label: 'Student Missed Lesson',
    description: 'Triggers when a student was absent from a completed lesson, or is marked absent later.',
    actions: {
      MARKED_AN_APPOINTMENT_AS_COMPLETE: 'Marked a Lesson as complete',
      EDITED_SR_ON_APPOINTMENT: 'Edited a Student on a Lesson',
    },
    isForAbsent: true,
    sample: { rcras: [MISSED_BY_LEO] },
    earlier: { status: 'planned' },
    requirement: { oneOf: { status: ['complete', 'awaiting-report'] }, time: 'finish' },
  },
]);

export const lessonTriggers = [...wholeLessonTriggers, ...absenceTriggers];

/** The polled triggers, which depend on the time of a lesson. */
export const polledLessonTriggers = [
  startingLessonTrigger({
    key: 'lesson_starting',
    label: 'Lesson Starting Soon',
    description: 'Triggers when a planned lesson starts within the chosen time, checked every 1 to 15 minutes.',
    object: lesson,
    sample: { status: 'planned' },
    lookups: [POLLED_CONTACTS],
  }),
  endedLessonTrigger({
    key: 'lesson_ended',
    label: 'Lesson Ended',
    description: 'Triggers when a lesson ended the chosen time ago, checked every 1 to 15 minutes.',
    object: lesson,
    lookups: [FIRST_LESSONS, POLLED_CONTACTS],
  }),
  unfinishedLessonTrigger({
    key: 'lesson_not_completed',
    label: 'Lesson Not Completed',
    description: 'Triggers when a lesson that has ended is still planned, checked every 1 to 15 minutes.',
    object: lesson,
    status: 'planned',
    lookups: [POLLED_CONTACTS],
  }),
  unfinishedLessonTrigger({
    key: 'report_missing',
    label: 'Report Missing',
    description: 'Triggers when a lesson that has ended awaits its report, checked every 1 to 15 minutes.',
    object: lesson,
    status: 'awaiting-report',
    lookups: [POLLED_CONTACTS],
  }),
  quietJobTrigger({
    key: 'job_gone_quiet',
    label: 'Job Gone Quiet',
    description: 'Triggers when a job has no lessons for some days, checked every 1 to 15 minutes.',
    object: lesson,
    lookups: [POLLED_CONTACTS],
  }),
];
