/** A sequence about a lesson, and the changes that it must report. */

import { eventWith, HOUR } from './sequence.ts';
import { lesson } from '../../../objects/lesson.ts';
import { changed, sequence } from '../expected-change.ts';
import { FIRST_OF_LESSON, lessonCreated, lessonEdited, PLANNED } from './events.ts';

const completed = eventWith('MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Marked a Lesson as complete');

/** The lesson is moved to the next day and an hour later. */
const MOVED = { ...PLANNED, start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };
const EQUATIONS = { ...MOVED, topic: 'Simultaneous equations' };

export const lessonMoved = sequence(
  'a lesson is created, moved and completed',
  lesson,
  8001,
  [lessonCreated(0, 'Created.', PLANNED), FIRST_OF_LESSON],
  [
    lessonEdited(HOUR, 'Moved to Thursday.', MOVED),
    [
      'any_event lesson_updated moved',
      {
        changes: [
          'Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00',
          'Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30',
        ],
        details: { previous_start: '2026-06-10T16:00:00Z', previous_finish: '2026-06-10T17:30:00Z' },
      },
    ],
  ],
  [
    lessonEdited(2 * HOUR, 'New topic.', EQUATIONS),
    ['any_event lesson_updated', changed('Lesson Topic: Quadratic equations → Simultaneous equations')],
  ],
  [
    completed(300 * HOUR, 'Taught.', { ...EQUATIONS, status: 'complete' }),
    [
      'any_event lesson_completed',
      { changes: ['Lesson Status: planned → complete'], details: { previous_status: 'planned' } },
    ],
  ],
);
