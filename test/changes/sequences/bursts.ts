/** Sequences of several events within seconds, and the changes that they must report. */

import { HOUR } from './sequence.ts';
import { client } from '../../../objects/client.ts';
import { lesson } from '../../../objects/lesson.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { changed, none, sequence, type Expected, type ExpectedSequence, type Step } from '../expected-change.ts';
import {
  aboutClient,
  clientCreated,
  clientDeleted,
  clientEdited,
  FIRST_OF_CLIENT,
  FIRST_OF_LESSON,
  LABELLED,
  labelAdded,
  labels,
  lessonCreated,
  lessonEdited,
  PLANNED,
  STAGE,
  stage,
  stageMoved,
} from './events.ts';

const LESSON_EDITED = 'any_event lesson_updated';

/** The lesson after a number of moves by a day, and after a number of renames. */
const lessonAfter = (moves: number, renames: number): JsonObject => ({
  ...{ ...PLANNED, start: `2026-06-1${moves}T16:00:00Z`, finish: `2026-06-1${moves}T17:30:00Z` },
  ...(renames > 0 && { topic: `Topic ${renames}` }),
});
const moves = (from: number, to: number): string[] => {
  const day = (n: number) => `${['Wed', 'Thu', 'Fri', 'Sat'][n]} ${10 + n} Jun 2026`;
  return [
    `Lesson Start: ${day(from)}, 17:00 → ${day(to)}, 17:00`,
    `Lesson Finish: ${day(from)}, 18:30 → ${day(to)}, 18:30`,
  ];
};
const rename = (to: number): string =>
  `Lesson Topic: ${to === 1 ? 'Quadratic equations' : `Topic ${to - 1}`} → Topic ${to}`;

const movesAndRenames: readonly Step[] = [
  ...[1, 2, 3].map((n): Step => [
    lessonEdited(HOUR + n * 0.5, `Move ${n}.`, lessonAfter(n, 0)),
    [`${LESSON_EDITED} moved`, changed(...moves(n - 1, n))],
  ]),
  ...[1, 2, 3].map((n): Step => [
    lessonEdited(HOUR + 2 + n * 0.5, `Rename ${n}.`, lessonAfter(3, n)),
    [LESSON_EDITED, changed(rename(n))],
  ]),
];

export const lessonMovedThenRenamed = sequence(
  'a lesson is moved three times and then renamed three times',
  lesson,
  8102,
  [lessonCreated(0, 'Created.', lessonAfter(0, 0)), FIRST_OF_LESSON],
  ...movesAndRenames,
);

const relabelled = (before: string, added: string): Expected => ({
  changes: [`Client Label Names: ${before} → ${before}, ${added}`],
  details: { added_labels: added },
});

export const clientDeletedAtOnce = sequence(
  'a client is deleted a second after the only event about her',
  client,
  3105,
  [clientCreated(HOUR, 'Created.', { email: 'short@example.com' }), FIRST_OF_CLIENT],
  [clientDeleted(HOUR + 1, 'Deleted.'), ['any_event client_deleted', 'unknown']],
);

export const bursts: readonly ExpectedSequence[] = [
  lessonMovedThenRenamed,
  clientDeletedAtOnce,
  sequence(
    'a lesson is moved and renamed 3 s later',
    lesson,
    8101,
    [lessonCreated(0, 'Created.', lessonAfter(0, 0)), FIRST_OF_LESSON],
    [lessonEdited(HOUR, 'Moved.', lessonAfter(1, 0)), [`${LESSON_EDITED} moved`, changed(...moves(0, 1))]],
    [lessonEdited(HOUR + 3, 'Renamed.', lessonAfter(1, 1)), [LESSON_EDITED, changed(rename(1))]],
  ),
  sequence(
    'three moves and three renames of a lesson arrive in reverse order',
    lesson,
    8103,
    [lessonCreated(0, 'Created.', lessonAfter(0, 0)), FIRST_OF_LESSON],
    ...movesAndRenames
      .toReversed()
      .map(([event], index): Step =>
        index === 0
          ? [event, [`${LESSON_EDITED} moved`, changed(...moves(0, 3), 'Lesson Topic: Quadratic equations → Topic 3')]]
          : [event, [LESSON_EDITED, none]],
      ),
  ),
  aboutClient(
    'three labels are added to a client within a second',
    3101,
    labels(22),
    [labelAdded(HOUR, 'Weekend.', labels(22, 21)), [`${LABELLED} weekend`, relabelled('Sibling discount', 'Weekend')]],
    [
      labelAdded(HOUR + 0.3, 'Exam year.', labels(22, 21, 23)),
      [`${LABELLED} exam_year exam_year_known`, relabelled('Sibling discount, Weekend', 'Exam year')],
    ],
    [
      labelAdded(HOUR + 0.6, 'Online only.', labels(22, 21, 23, 25)),
      [LABELLED, relabelled('Sibling discount, Weekend, Exam year', 'Online only')],
    ],
  ),
  // TutorCruncher may render the body of an event after the next event has happened.
  aboutClient(
    'three labels are added to a client within a second, and all events show all of them',
    3102,
    labels(22),
    [
      labelAdded(HOUR, 'First.', labels(22, 21, 23, 25)),
      [
        `${LABELLED} weekend exam_year exam_year_known`,
        relabelled('Sibling discount', 'Weekend, Exam year, Online only'),
      ],
    ],
    [labelAdded(HOUR + 0.3, 'Second.', labels(22, 21, 23, 25)), [LABELLED, none]],
    [labelAdded(HOUR + 0.6, 'Third.', labels(22, 21, 23, 25)), [LABELLED, none]],
  ),
  aboutClient(
    'a client moves twice in the pipeline, and both events show the second move',
    3110,
    stage(1),
    [
      stageMoved(HOUR, 'First move.', stage(3)),
      [
        `${STAGE} from_new to_booked new_to_booked`,
        changed('Client Pipeline Stage Name: New enquiry → First lesson booked', 'Client Pipeline Stage ID: 1 → 3'),
      ],
    ],
    [stageMoved(HOUR + 0.5, 'Second move.', stage(3)), [STAGE, none]],
  ),
  aboutClient(
    'a client is edited and deleted a second later',
    3104,
    { email: 'first@example.com' },
    [
      clientEdited(HOUR, 'Edited.', { email: 'second@example.com', town: 'Bath' }),
      [
        'any_event client_updated town town_known',
        changed('Client Email: first@example.com → second@example.com', 'Client Town: Bristol → Bath'),
      ],
    ],
    [clientDeleted(HOUR + 1, 'Deleted.'), ['any_event client_deleted', none]],
  ),
];
