import { client } from '../objects/client.ts';
import { lesson } from '../objects/lesson.ts';
import { choicesInput, statusesOf } from '../src/inputs/choice.ts';
import { durationInputs } from '../src/inputs/duration.ts';
import { clientContacts } from '../src/lookups/fetched-details.ts';
import { firstLessons } from '../src/lookups/first-lessons.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { LESSON_CHOICES, lessonPoll, TAKEN_PLACE } from '../src/polled/lesson-poll.ts';
import { HOW_OFTEN, MIN_REACH_MS, polledTrigger, REACH_MS } from '../src/polled/polled-trigger.ts';

const FIRST_LESSONS = firstLessons(lesson);

export const lessonTriggers = triggersAbout({ object: lesson, lookups: [clientContacts(client)] }, [
  {
    key: 'lesson_created',
    label: 'New Lesson',
    description: 'Triggers when a lesson is created, including each lesson of a repeating series.',
    actions: {
      CREATED_AN_APPOINTMENT: 'Created a Lesson',
      CREATED_A_REPEATING_APPOINTMENT: 'Created a Repeating Lesson',
    },
    requirement: { oneOf: { status: ['planned'] } },
  },
  {
    key: 'lesson_booked',
    label: 'Lesson Booked',
    description: 'Triggers when a lesson is booked.',
    actions: { BOOKED_AN_APPOINTMENT: 'Booked a Lesson' },
    earlier: { rcras: [] },
    requirement: { oneOf: { status: ['planned'] }, filled: ['rcras'] },
  },
  {
    key: 'lesson_updated',
    label: 'Lesson Updated',
    description: 'Triggers when a lesson is edited, alone or with the later lessons of its series.',
    actions: {
      EDITED_AN_APPOINTMENT: 'Edited a Lesson',
      EDITED_REPEATED_APPOINTMENTS: 'Edited a Lesson and all future linked Lessons',
    },
    choices: ['changed fields'],
    // TutorCruncher's API accepts changes only to planned lessons.
    requirement: { oneOf: { status: ['planned'] } },
  },
  {
    key: 'lesson_completed',
    label: 'Lesson Completed',
    description: 'Triggers when a lesson is marked complete.',
    actions: { MARKED_AN_APPOINTMENT_AS_COMPLETE: 'Marked a Lesson as complete' },
    lookups: [FIRST_LESSONS],
    earlier: { status: 'planned' },
    requirement: { oneOf: { status: ['complete'] }, time: 'finish' },
  },
  {
    key: 'lesson_cancelled',
    label: 'Lesson Cancelled',
    description: 'Triggers when a lesson or a booking for a lesson is cancelled.',
    actions: { MARKED_AN_APPOINTMENT_AS_CANCELLED: 'Cancelled a Lesson', CANCELLED_A_BOOKING: 'Cancelled a booking' },
    earlier: { status: 'planned' },
    requirement: { oneOf: { status: ['cancelled', 'cancelled-chargeable'] } },
  },
  {
    key: 'lesson_deleted',
    label: 'Lesson Deleted',
    description: 'Triggers when a lesson is deleted.',
    actions: { DELETED_AN_APPOINTMENT: 'Deleted a Lesson' },
    earlier: { topic: 'Graphs' },
  },
]);

/** The sizes of branches, which `test/polled/busy-branch.test.ts` and `npm run polls` measure. */
const SIZES =
  'Up to 600 lessons a day fit with polls every 1 or 2 minutes, even for seven such Zaps. With polls every 15 minutes, ' +
  'up to 600 fit with one Zap, and up to 150 with seven. If lessons are missed, an error says how many and when.';

const TIME_BEFORE = durationInputs(
  'time_before',
  [30, 'minutes'],
  [14, 'days'],
  24,
  `How long before the start of the lesson to trigger: at least 30 minutes and at most 14 days. ${HOW_OFTEN} ${SIZES}`,
);

/** Returns the inputs for the time after the end of a lesson: the default in hours, and until when a change triggers. */
const timeAfter = (defaultNumber: number, reach: string) =>
  durationInputs(
    'time_after',
    [0, 'minutes'],
    [7, 'days'],
    defaultNumber,
    `How long after the end of the lesson to trigger: at most 7 days. A lesson whose status fits later triggers then, ` +
      `up to ${reach}. ${HOW_OFTEN} ${SIZES} A lesson that takes more than 24 hours may be overlooked.`,
  );
const AFTER_END = timeAfter(0, '48 hours after this time');
const AFTER_A_DAY = timeAfter(24, '7 days after its end, or 48 hours after this time if that is later');

const STATUSES = choicesInput('statuses', statusesOf(lesson), {
  becomes: null,
  helpText:
    'Only trigger for lessons with one of these statuses. Leave empty for all except the two statuses of cancelled lessons.',
});
const unfinishedTrigger = (key: string, label: string, description: string, status: string) =>
  polledTrigger({
    ...{ key, label, description },
    object: lesson,
    inputs: [...AFTER_A_DAY.inputs, ...LESSON_CHOICES],
    sampleId: '9106',
    sample: { status },
    poll: (values, run, now) => {
      const after = AFTER_A_DAY.msIn(values, run);
      const span = { from: now - Math.max(REACH_MS, after + MIN_REACH_MS), to: now - after };
      return lessonPoll(lesson, values, run, { moment: 'finish', span, statuses: [status] });
    },
  });

/** The triggers about the time of a lesson. */
export const polledLessonTriggers = [
  polledTrigger({
    key: 'lesson_starting',
    label: 'Lesson Starting Soon',
    description: 'Triggers when a planned lesson starts within the chosen time, checked every 1 to 15 minutes.',
    object: lesson,
    inputs: [...TIME_BEFORE.inputs, ...LESSON_CHOICES],
    sampleId: '9106@2026-06-10T16:00:00Z',
    sample: { status: 'planned' },
    poll: (values, run, now) => {
      const span = { from: now + 1, to: now + TIME_BEFORE.msIn(values, run) };
      return lessonPoll(lesson, values, run, { moment: 'start', span, statuses: ['planned'] });
    },
  }),
  polledTrigger({
    key: 'lesson_ended',
    label: 'Lesson Ended',
    description: 'Triggers when a lesson ended the chosen time ago, checked every 1 to 15 minutes.',
    object: lesson,
    inputs: [...AFTER_END.inputs, STATUSES, ...LESSON_CHOICES],
    lookups: [FIRST_LESSONS],
    sampleId: '9106',
    poll: (values, run, now) => {
      const to = now - AFTER_END.msIn(values, run);
      const statuses = values.of(STATUSES) ?? TAKEN_PLACE;
      return lessonPoll(lesson, values, run, { moment: 'finish', span: { from: to - MIN_REACH_MS, to }, statuses });
    },
  }),
  unfinishedTrigger(
    'lesson_not_completed',
    'Lesson Not Completed',
    'Triggers when a lesson that has ended is still planned, checked every 1 to 15 minutes.',
    'planned',
  ),
  unfinishedTrigger(
    'report_missing',
    'Report Missing',
    'Triggers when a lesson that has ended awaits its report, checked every 1 to 15 minutes.',
    'awaiting-report',
  ),
];
