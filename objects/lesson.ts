import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/lesson.json' with { type: 'json' };

/** A lesson: a scheduled session in which students are taught. TutorCruncher's API calls a lesson an appointment. */
export const lesson = tutorCruncherObject({
  word: 'lesson',
  sample,
  earlier: { start: '2026-06-09T15:00:00Z', finish: '2026-06-09T16:30:00Z' },
  statuses: ['planned', 'awaiting-report', 'complete', 'cancelled', 'cancelled-chargeable'],
  api: {
    path: 'appointments',
    filters: ['status'],
    rowFields: ['id', 'start', 'finish', 'topic', 'status', 'service', 'url'],
    // In the response to a write, tutors have different fields, the job is an id, and custom fields are missing.
    isWriteResponsePartial: true,
  },
});
