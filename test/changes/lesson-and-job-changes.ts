/** The changes that the sequences about lessons and jobs must report. */

import { jobEdited, jobLabelled, jobStaffed } from '../../local/sequences/jobs.ts';
import { lessonDeleted, lessonExtended, lessonMoved, lessonRewritten } from '../../local/sequences/lessons.ts';
import { none, type ExpectedSequence } from './expected-change.ts';

export const lessonAndJobChanges: readonly ExpectedSequence[] = [
  [
    lessonMoved,
    [
      ['Created.', 'any_event lesson_created', 'unknown'],
      [
        'Moved to Thursday.',
        'any_event lesson_updated moved',
        {
          changes: [
            'Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00',
            'Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30',
          ],
          details: { previous_start: '2026-06-10T16:00:00Z', previous_finish: '2026-06-10T17:30:00Z' },
        },
      ],
      [
        'New topic.',
        'any_event lesson_updated',
        { changes: ['Lesson Topic: Quadratic equations → Simultaneous equations'] },
      ],
      [
        'Taught.',
        'any_event lesson_completed',
        { changes: ['Lesson Status: planned → complete'], details: { previous_status: 'planned' } },
      ],
    ],
  ],
  [
    lessonExtended,
    [
      ['Created.', 'any_event lesson_created', 'unknown'],
      [
        'Extended.',
        'any_event lesson_updated moved',
        {
          changes: ['Lesson Finish: Wed 10 Jun 2026, 18:30 → Wed 10 Jun 2026, 19:00', 'Lesson Units: 1.5 → 2'],
          details: { previous_finish: '2026-06-10T17:30:00Z' },
        },
      ],
    ],
  ],
  [
    lessonRewritten,
    [
      ['Created.', 'any_event lesson_created', 'unknown'],
      ['With another offset.', 'any_event lesson_updated', none],
    ],
  ],
  [
    lessonDeleted,
    [
      ['Created.', 'any_event lesson_created', 'unknown'],
      ['Deleted.', 'any_event lesson_deleted', none],
    ],
  ],
  [
    jobLabelled,
    [
      ['Created.', 'any_event job_created', 'unknown'],
      [
        'Exam year added.',
        'any_event job_label_added job_exam_year',
        {
          changes: ['Job Label Names: Enquiry → Enquiry, Exam year'],
          details: { added_labels: 'Exam year', removed_labels: '' },
        },
      ],
      ['Exam year removed.', 'any_event', { changes: ['Job Label Names: Enquiry, Exam year → Enquiry'] }],
      [
        'Exam year added again.',
        'any_event job_label_added job_exam_year',
        {
          changes: ['Job Label Names: Enquiry → Enquiry, Exam year'],
          details: { added_labels: 'Exam year', removed_labels: '' },
        },
      ],
    ],
  ],
  [
    jobEdited,
    [
      ['Created.', 'any_event job_created', 'unknown'],
      ['Exam board.', 'any_event job_updated exam_board', { changes: ['Exam Board: AQA → Edexcel'] }],
      ['Rate.', 'any_event job_updated', { changes: ['Job Default Charge Rate: 42 → 45.5'] }],
    ],
  ],
  [
    jobStaffed,
    [
      ['Created.', 'any_event job_created', 'unknown'],
      [
        'Samuel added.',
        'any_event job_tutor_added',
        { changes: ['Tutor Names: Hannah Whitlock → Samuel Okoro, Hannah Whitlock'] },
      ],
      [
        'Started.',
        'any_event job_status_changed',
        { changes: ['Job Status: pending → in-progress'], details: { previous_status: 'pending' } },
      ],
    ],
  ],
];
