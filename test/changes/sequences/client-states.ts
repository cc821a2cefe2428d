/** Sequences about the labels, statuses, pipeline stages and balances of clients, and the changes they must report. */

import { HOUR, eventWith } from './sequence.ts';
import { client } from '../../../objects/client.ts';
import { changed, none, sequence, type Expected, type ExpectedSequence } from '../expected-change.ts';
import {
  clientCreated,
  clientDeleted as deleted,
  FIRST_OF_CLIENT,
  LABELLED,
  labelAdded,
  labels,
  STAGE,
  stage,
  stageMoved,
  STATUS,
  statusChanged,
} from './events.ts';

const balanceAdjusted = eventWith('BALANCE_ADJUSTMENT', "Adjusted a Client's balance");

const STAGES = ['', 'New enquiry', 'Contacted', 'First lesson booked'];
const moved = (from: number, to: number): Expected => ({
  changes: [`Client Pipeline Stage Name: ${STAGES[from]} → ${STAGES[to]}`, `Client Pipeline Stage ID: ${from} → ${to}`],
  details: { previous_pipeline_stage: STAGES[from] ?? '' },
});

export const clientDeleted = sequence(
  'a client is deleted',
  client,
  3011,
  [clientCreated(0, 'Created.', { email: 'leaving@example.com' }), FIRST_OF_CLIENT],
  [
    deleted(HOUR, 'Deleted.', { last_name: 'Raman-Patel' }),
    ['any_event client_deleted', changed('Client Last Name: Raman → Raman-Patel')],
  ],
);

export const clientStates: readonly ExpectedSequence[] = [
  sequence(
    'a client moves in the pipeline',
    client,
    3009,
    [stageMoved(0, 'First event.', stage(1)), [`${STAGE} from_new`, 'unknown']],
    [stageMoved(HOUR, 'Contacted.', stage(2)), [`${STAGE} from_new`, moved(1, 2)]],
    [stageMoved(2 * HOUR, 'Booked.', stage(3)), [`${STAGE} to_booked`, moved(2, 3)]],
    [stageMoved(3 * HOUR, 'Back to the start.', stage(1)), [STAGE, moved(3, 1)]],
    [stageMoved(4 * HOUR, 'Booked again.', stage(3)), [`${STAGE} from_new to_booked new_to_booked`, moved(1, 3)]],
  ),
  clientDeleted,
  // TutorCruncher sends no event when a label is removed from a person.
  sequence(
    'labels are added to a client and removed from her',
    client,
    3006,
    [labelAdded(0, 'First event.', labels(21, 22)), [`${LABELLED} weekend`, 'unknown']],
    [
      labelAdded(HOUR, 'Exam year added.', labels(21, 22, 23)),
      [
        `${LABELLED} exam_year exam_year_known`,
        {
          changes: ['Client Label Names: Weekend, Sibling discount → Weekend, Sibling discount, Exam year'],
          details: { added_labels: 'Exam year', removed_labels: '' },
        },
      ],
    ],
    [
      labelAdded(2 * HOUR, 'Exam year removed and added again.', labels(21, 22, 23)),
      [`${LABELLED} weekend exam_year`, 'unknown'],
    ],
    [
      labelAdded(3 * HOUR, 'Weekend replaced by Online only.', labels(22, 23, 25)),
      [
        LABELLED,
        {
          changes: [
            'Client Label Names: Weekend, Sibling discount, Exam year → Sibling discount, Exam year, Online only',
          ],
          details: { added_labels: 'Online only', removed_labels: 'Weekend' },
        },
      ],
    ],
  ),
  sequence(
    "a client's status changes",
    client,
    3007,
    [statusChanged(0, 'First event.', { status: 'prospect' }), [`${STATUS} from_live`, 'unknown']],
    [
      statusChanged(HOUR, 'Signed up.', { status: 'live' }),
      [STATUS, { changes: ['Client Status: prospect → live'], details: { previous_status: 'prospect' } }],
    ],
    [
      statusChanged(2 * HOUR, 'Paused.', { status: 'dormant' }),
      [
        `${STATUS} from_live from_live_known`,
        { changes: ['Client Status: live → dormant'], details: { previous_status: 'live' } },
      ],
    ],
  ),
  sequence(
    "a client's balance changes",
    client,
    3010,
    [clientCreated(0, 'Created.', { invoice_balance: '-84.00', available_balance: '-126.00' }), FIRST_OF_CLIENT],
    [
      balanceAdjusted(HOUR, 'Paid 100.', { invoice_balance: '-84.00', available_balance: '-26.00' }),
      ['any_event', none],
      ['client_balance_changed', changed('Client Available Balance: -126 → -26')],
    ],
  ),
];
