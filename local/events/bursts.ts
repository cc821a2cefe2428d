/**
 * Sequences of several events within seconds, and the changes that Zaps must report. Some sequences have more events
 * than an envelope carries.
 */

import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  aboutClient,
  changed,
  clientCreated,
  clientDeleted,
  clientEdited,
  FIRST_OF_CLIENT,
  FIRST_OF_LESSON,
  HOUR_SECONDS,
  lessonCreated,
  lessonEdited,
  none,
  PLANNED,
  sequence,
  STATUS,
  statusChanged,
  type ExpectedSequence,
  type Step,
} from './sequence.ts';

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const LESSON_EDITED = 'any_event lesson_updated';

/** Returns the fields of a lesson that was moved by a day `moves` times and renamed `renames` times. */
const lessonAfter = (moves: number, renames: number): JsonObject => ({
  ...PLANNED,
  start: `2026-06-1${moves}T16:00:00Z`,
  finish: `2026-06-1${moves}T17:30:00Z`,
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
  ...numbers(1, 3).map((n): Step => [
    lessonEdited(HOUR_SECONDS + n * 0.5, `Move ${n}.`, lessonAfter(n, 0)),
    [`${LESSON_EDITED} moved`, changed(...moves(n - 1, n))],
  ]),
  ...numbers(1, 3).map((n): Step => [
    lessonEdited(HOUR_SECONDS + 2 + n * 0.5, `Rename ${n}.`, lessonAfter(3, n)),
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

export const clientDeletedAtOnce = sequence(
  'a client is deleted a second after the only event about her',
  client,
  3105,
  [clientCreated(HOUR_SECONDS, 'Created.', { email: 'short@example.com' }), FIRST_OF_CLIENT],
  [clientDeleted(HOUR_SECONDS + 1, 'Deleted.'), ['any_event client_deleted', 'unknown']],
);

const number = (n: number): string => `07700 9005${String(n).padStart(2, '0')}`;
const mobile = (n: number): JsonObject => ({ mobile: number(n) });
const FIRST_MOBILE = `Client Mobile: ${number(0)} → ${number(1)}`;

export const bursts: readonly ExpectedSequence[] = [
  lessonMovedThenRenamed,
  clientDeletedAtOnce,
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
    'a client is edited and deleted a second later',
    3104,
    { email: 'first@example.com' },
    [
      clientEdited(HOUR_SECONDS, 'Edited.', { email: 'second@example.com', town: 'Bath' }),
      [
        'any_event client_updated town town_known',
        changed('Client Email: first@example.com → second@example.com', 'Client Town: Bristol → Bath'),
      ],
    ],
    [clientDeleted(HOUR_SECONDS + 1, 'Deleted.'), ['any_event client_deleted', none]],
  ),
  // The envelope of the edit contains the first change of status and the seven newest changes.
  aboutClient(
    'an edit of a client arrives after the ten changes of status that followed it',
    3108,
    { status: 'prospect', ...mobile(0) },
    ...numbers(1, 10).map((n): Step => {
      const [before, after] = n % 2 ? ['prospect', 'live'] : ['live', 'prospect'];
      const first = n === 1 ? [FIRST_MOBILE] : [];
      return [
        statusChanged(HOUR_SECONDS + n * 0.2, `Status ${n}.`, { status: after, ...mobile(1) }),
        [`${STATUS}${before === 'live' ? ' from_live' : ''}`, changed(`Client Status: ${before} → ${after}`, ...first)],
      ];
    }),
    [
      clientEdited(HOUR_SECONDS, 'Edit.', { status: 'prospect', ...mobile(1) }),
      ['any_event', none],
      ['client_updated town town_known', changed(FIRST_MOBILE)],
    ],
  ),
];
