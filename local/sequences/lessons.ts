/** Sequences about lessons. */

import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import { eventWith, HOUR, type Sequence } from './sequence.ts';

const created = eventWith('CREATED_AN_APPOINTMENT', 'Created a Lesson');
const edited = eventWith('EDITED_AN_APPOINTMENT', 'Edited a Lesson');
const completed = eventWith('MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Marked a Lesson as complete');
const deleted = eventWith('DELETED_AN_APPOINTMENT', 'Deleted a Lesson');

const PLANNED = { status: 'planned' };

/** The lesson starts on Wed 10 Jun 2026 at 17:00 in London. It is moved to the next day and an hour later. */
const MOVED: JsonObject = { ...PLANNED, start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };

export const lessonMoved: Sequence = {
  title: 'a lesson is created, moved and completed',
  object: lesson,
  id: 8001,
  deliveries: [
    [created(0, 'Created.', PLANNED)],
    [edited(HOUR, 'Moved to Thursday.', MOVED)],
    [edited(2 * HOUR, 'New topic.', { ...MOVED, topic: 'Simultaneous equations' })],
    [completed(300 * HOUR, 'Taught.', { ...MOVED, topic: 'Simultaneous equations', status: 'complete' })],
  ],
};

export const lessonExtended: Sequence = {
  title: 'a lesson is extended',
  object: lesson,
  id: 8002,
  deliveries: [
    [created(0, 'Created.', PLANNED)],
    [edited(HOUR, 'Extended.', { ...PLANNED, finish: '2026-06-10T18:00:00Z', units: '2.00000' })],
  ],
};

export const lessonRewritten: Sequence = {
  title: 'times of a lesson are sent with another offset',
  object: lesson,
  id: 8004,
  deliveries: [
    [created(0, 'Created.', PLANNED)],
    [
      edited(HOUR, 'With another offset.', {
        ...{ ...PLANNED, start: '2026-06-10T17:00:00+01:00', finish: '2026-06-10T18:30:00.000000+01:00', units: '1.5' },
      }),
    ],
  ],
};

export const lessonDeleted: Sequence = {
  title: 'a lesson is deleted',
  object: lesson,
  id: 8003,
  deliveries: [[created(0, 'Created.', PLANNED)], [deleted(HOUR, 'Deleted.', PLANNED)]],
};
