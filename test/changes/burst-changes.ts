/** The changes that the sequences of several events within seconds must report. */

import {
  clientDeletedAfterEdit,
  clientDeletedAtOnce,
  clientEditedAmongStatuses,
  clientEditedTwentyTimes,
  clientEditedTwentyTimesReversed,
  clientEditedWithStatusReversed,
  labelsAdded,
  labelsAddedRenderedLate,
  lessonMovedAndRenamed,
  lessonMovedThenRenamed,
  lessonMovedThenRenamedReversed,
} from '../../local/sequences/bursts.ts';
import { none, type Expected, type ExpectedSequence, type Row } from './expected-change.ts';

const CREATED: Row = ['Created.', 'any_event client_created', 'unknown'];
const LESSON_CREATED: Row = ['Created.', 'any_event lesson_created', 'unknown'];
const EDITED = 'any_event client_updated';
const TOWN_OR_MOBILE = `${EDITED} town town_known`;
const LABELLED = 'any_event client_label_added';

const moved = (from: number, to: number): Expected => {
  const day = (n: number) => `${['Wed', 'Thu', 'Fri', 'Sat'][n]} ${10 + n} Jun 2026`;
  return {
    changes: [
      `Lesson Start: ${day(from)}, 17:00 → ${day(to)}, 17:00`,
      `Lesson Finish: ${day(from)}, 18:30 → ${day(to)}, 18:30`,
    ],
  };
};
const renamed = (from: string, to: string): Expected => ({ changes: [`Lesson Topic: ${from} → ${to}`] });
const relabelled = (before: string, added: string): Expected => ({
  changes: [`Client Label Names: ${before} → ${before}, ${added}`],
  details: { added_labels: added },
});
const mobile = (n: number): string => `07700 9005${String(n).padStart(2, '0')}`;
const changedMobile = (from: number, to: number): Expected => ({
  changes: [`Client Mobile: ${mobile(from)} → ${mobile(to)}`],
});
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const SAVED: Expected = {
  changes: ['Client Status: prospect → live', 'Client Town: Bristol → Bath'],
  details: { previous_status: 'prospect' },
};

export const burstChanges: readonly ExpectedSequence[] = [
  [
    lessonMovedAndRenamed,
    [
      LESSON_CREATED,
      ['Moved.', 'any_event lesson_updated moved', moved(0, 1)],
      ['Renamed.', 'any_event lesson_updated', renamed('Quadratic equations', 'Circles')],
    ],
  ],
  [
    labelsAdded,
    [
      CREATED,
      ['Weekend.', `${LABELLED} weekend`, relabelled('Sibling discount', 'Weekend')],
      ['Exam year.', `${LABELLED} exam_year exam_year_known`, relabelled('Sibling discount, Weekend', 'Exam year')],
      ['Online only.', LABELLED, relabelled('Sibling discount, Weekend, Exam year', 'Online only')],
    ],
  ],
  [
    labelsAddedRenderedLate,
    [
      CREATED,
      [
        'First.',
        `${LABELLED} weekend exam_year exam_year_known`,
        relabelled('Sibling discount', 'Weekend, Exam year, Online only'),
      ],
      ['Second.', LABELLED, none],
      ['Third.', LABELLED, none],
    ],
  ],
  [
    lessonMovedThenRenamed,
    [
      LESSON_CREATED,
      ...[1, 2, 3].map((n): Row => [`Move ${n}.`, 'any_event lesson_updated moved', moved(n - 1, n)]),
      ...[4, 5, 6].map((n): Row => [
        ...([`Rename ${n}.`, 'any_event lesson_updated'] as const),
        renamed(n === 4 ? 'Quadratic equations' : `Topic ${n - 1}`, `Topic ${n}`),
      ]),
    ],
  ],
  [
    lessonMovedThenRenamedReversed,
    [
      LESSON_CREATED,
      [
        'Rename 6.',
        'any_event lesson_updated moved',
        {
          changes: [
            'Lesson Start: Wed 10 Jun 2026, 17:00 → Sat 13 Jun 2026, 17:00',
            'Lesson Finish: Wed 10 Jun 2026, 18:30 → Sat 13 Jun 2026, 18:30',
            'Lesson Topic: Quadratic equations → Topic 6',
          ],
        },
      ],
      ...[5, 4].map((n): Row => [`Rename ${n}.`, 'any_event lesson_updated', none]),
      ...[3, 2, 1].map((n): Row => [`Move ${n}.`, 'any_event lesson_updated', none]),
    ],
  ],
  [
    clientEditedWithStatusReversed,
    [
      CREATED,
      ['Details.', TOWN_OR_MOBILE, SAVED],
      ['Status.', 'any_event', none],
      ['Status.', 'client_status_changed', SAVED],
    ],
  ],
  [
    clientDeletedAfterEdit,
    [
      CREATED,
      [
        'Edited.',
        TOWN_OR_MOBILE,
        { changes: ['Client Email: first@example.com → second@example.com', 'Client Town: Bristol → Bath'] },
      ],
      ['Deleted.', 'any_event client_deleted', none],
    ],
  ],
  [clientDeletedAtOnce, [CREATED, ['Deleted.', 'any_event client_deleted', 'unknown']]],
  [
    clientEditedTwentyTimes,
    [CREATED, ...upTo(20).map((n): Row => [`Edit ${n}.`, TOWN_OR_MOBILE, changedMobile(n - 1, n)])],
  ],
  [
    clientEditedTwentyTimesReversed,
    [
      CREATED,
      ['Edit 20.', TOWN_OR_MOBILE, changedMobile(0, 20)],
      ...upTo(19)
        .reverse()
        .map((n): Row => [`Edit ${n}.`, EDITED, none]),
    ],
  ],
  [
    clientEditedAmongStatuses,
    [
      CREATED,
      [
        'Status 1.',
        'any_event client_status_changed',
        { changes: ['Client Status: prospect → live', `Client Mobile: ${mobile(0)} → ${mobile(1)}`] },
      ],
      ...upTo(10)
        .slice(1)
        .map((n): Row => {
          const [before, after] = n % 2 ? ['prospect', 'live'] : ['live', 'prospect'];
          const zaps = 'any_event client_status_changed';
          const fromLive = before === 'live' ? ' from_live from_live_known' : '';
          return [`Status ${n}.`, zaps + fromLive, { changes: [`Client Status: ${before} → ${after}`] }];
        }),
      ['Edit.', 'any_event', none],
      ['Edit.', 'client_updated town town_known', changedMobile(0, 1)],
    ],
  ],
];
