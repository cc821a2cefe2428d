import { lesson } from '../objects/lesson.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const lessonTriggers = [
  objectTrigger({
    key: 'lesson_created',
    label: 'New Lesson',
    description: 'Triggers when a lesson is created, including each lesson of a repeating series.',
    object: lesson,
    actions: {
      CREATED_AN_APPOINTMENT: 'Created a Lesson',
      CREATED_A_REPEATING_APPOINTMENT: 'Created a Repeating Lesson',
    },
    sample: { status: 'planned' },
    earlier: null,
  }),
  objectTrigger({
    key: 'lesson_booked',
    label: 'Lesson Booked',
    description: 'Triggers when a lesson is booked.',
    object: lesson,
    actions: { BOOKED_AN_APPOINTMENT: 'Booked a Lesson' },
    sample: { status: 'planned' },
    earlier: { rcras: [] },
  }),
  objectTrigger({
    key: 'lesson_updated',
    label: 'Lesson Updated',
    description: 'Triggers when a lesson is edited, alone or with the later lessons of its series.',
    object: lesson,
    actions: {
      EDITED_AN_APPOINTMENT: 'Edited a Lesson',
      EDITED_REPEATED_APPOINTMENTS: 'Edited a Lesson and all future linked Lessons',
    },
    sample: { status: 'planned' },
    canChooseChangedFields: true,
  }),
  objectTrigger({
    key: 'lesson_completed',
    label: 'Lesson Completed',
    description: 'Triggers when a lesson is marked complete.',
    object: lesson,
    actions: { MARKED_AN_APPOINTMENT_AS_COMPLETE: 'Marked a Lesson as complete' },
    earlier: { status: 'planned' },
  }),
  objectTrigger({
    key: 'lesson_cancelled',
    label: 'Lesson Cancelled',
    description: 'Triggers when a lesson or a booking for a lesson is cancelled.',
    object: lesson,
    actions: { MARKED_AN_APPOINTMENT_AS_CANCELLED: 'Cancelled a Lesson', CANCELLED_A_BOOKING: 'Cancelled a booking' },
    sample: { status: 'cancelled' },
    earlier: { status: 'planned' },
  }),
  objectTrigger({
    key: 'lesson_deleted',
    label: 'Lesson Deleted',
    description: 'Triggers when a lesson is deleted.',
    object: lesson,
    actions: { DELETED_AN_APPOINTMENT: 'Deleted a Lesson' },
    earlier: { topic: 'Graphs' },
  }),
];
