/** Sequences about lessons, and the changes that they must report. */

import { eventWith, HOUR } from './sequence.ts';
import { lesson } from '../../../objects/lesson.ts';
import { none, sequence, changed, type ExpectedSequence } from '../expected-change.ts';
import { FIRST_OF_LESSON, lessonCreated, lessonEdited, PLANNED } from './events.ts';

const completed = eventWith('MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Marked a Lesson as complete');
const deleted = eventWith('DELETED_AN_APPOINTMENT', 'Deleted a Lesson');

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

export const lessons: readonly ExpectedSequence[] = [
  lessonMoved,
  sequence(
    'a lesson is extended',
    lesson,
    8002,
    [lessonCreated(0, 'Created.', PLANNED), FIRST_OF_LESSON],
    [
      lessonEdited(HOUR, 'Extended.', { ...PLANNED, finish: '2026-06-10T18:00:00Z', units: '2.00000' }),
      [
        'any_event lesson_updated moved',
        {
          changes: ['Lesson Finish: Wed 10 Jun 2026, 18:30 → Wed 10 Jun 2026, 19:00', 'Lesson Units: 1.5 → 2'],
          details: { previous_finish: '2026-06-10T17:30:00Z' },
        },
      ],
    ],
  ),
  sequence(
    'times of a lesson are sent with another offset',
    lesson,
    8004,
    [lessonCreated(0, 'Created.', PLANNED), FIRST_OF_LESSON],
    [
      lessonEdited(HOUR, 'With another offset.', {
        ...{ ...PLANNED, start: '2026-06-10T17:00:00+01:00', finish: '2026-06-10T18:30:00.000000+01:00', units: '1.5' },
      }),
      ['any_event lesson_updated', none],
    ],
  ),
  sequence(
    'a lesson is deleted',
    lesson,
    8003,
    [lessonCreated(0, 'Created.', PLANNED), FIRST_OF_LESSON],
    [deleted(HOUR, 'Deleted.', PLANNED), ['any_event lesson_deleted', none]],
  ),
];
