/** The changes that the sequences about clients must report. */

import {
  clientActivated,
  clientDeleted,
  clientEditedByDuplicate,
  clientEditedInOneDelivery,
  clientEditedLate,
  clientEditedOutOfOrder,
  clientEditedTwice,
  clientEditedWithStatus,
  clientInBothShapes,
  clientLabelled,
  clientMovedInPipeline,
  clientPaid,
  clientRenamed,
  clientRewritten,
  clientSentIncomplete,
} from '../../local/sequences/clients.ts';
import { none, type ExpectedSequence } from './expected-change.ts';

export const clientChanges: readonly ExpectedSequence[] = [
  [
    clientRenamed,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Married.', 'any_event client_updated', { changes: ['Client Last Name: Raman → Patel'] }],
      ['Saved without a change.', 'any_event client_updated', none],
    ],
  ],
  [
    clientRewritten,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Sent in another form.', 'any_event client_updated', none],
    ],
  ],
  [
    clientSentIncomplete,
    [
      ['Incomplete.', 'any_event client_created', 'unknown'],
      ['Complete.', 'any_event client_updated town town_known', { changes: ['Client Town: Bristol → Bath'] }],
    ],
  ],
  [
    clientInBothShapes,
    [
      ['Newer shape.', 'any_event client_created', 'unknown'],
      [
        'Older shape.',
        'any_event client_label_added exam_year exam_year_known',
        {
          changes: ['Client Label Names: Weekend, Sibling discount → Weekend, Sibling discount, Exam year'],
          details: { added_labels: 'Exam year' },
        },
      ],
      ['Newer shape again.', 'any_event client_updated town town_known', { changes: ['Client Town: Bristol → Bath'] }],
    ],
  ],
  [
    clientEditedTwice,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      [
        'First edit.',
        'any_event client_updated town town_known',
        { changes: ['Client Mobile: 07700 900123 → 07700 900555'] },
      ],
      [
        'Second edit.',
        'any_event client_updated',
        { changes: ['Client Email: priya.raman@example.com → priya@example.com'] },
      ],
    ],
  ],
  [
    clientEditedOutOfOrder,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      [
        'Second edit.',
        'any_event client_updated town town_known',
        { changes: ['Client Mobile: 07700 900123 → 07700 900555', 'Client Town: Bristol → Bath'] },
      ],
      ['First edit.', 'any_event client_updated', none],
      ['Third edit.', 'any_event client_updated town town_known', { changes: ['Client Town: Bath → Wells'] }],
    ],
  ],
  [
    clientEditedLate,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      [
        'Newer edit.',
        'any_event client_updated town town_known',
        { changes: ['Client Mobile: 07700 900123 → 07700 900555', 'Client Town: Bristol → Bath'] },
      ],
      ['Late edit.', 'any_event client_updated town', 'unknown'],
      [
        'Newest edit.',
        'any_event client_updated town town_known',
        { changes: ['Client Mobile: 07700 900555 → 07700 900777'] },
      ],
    ],
  ],
  [
    clientLabelled,
    [
      ['First event.', 'any_event client_label_added weekend', 'unknown'],
      [
        'Exam year added.',
        'any_event client_label_added exam_year exam_year_known',
        {
          changes: ['Client Label Names: Weekend, Sibling discount → Weekend, Sibling discount, Exam year'],
          details: { added_labels: 'Exam year', removed_labels: '' },
        },
      ],
      ['Exam year removed and added again.', 'any_event client_label_added weekend exam_year', 'unknown'],
      [
        'Weekend replaced by Online only.',
        'any_event client_label_added',
        {
          changes: [
            'Client Label Names: Weekend, Sibling discount, Exam year → Sibling discount, Exam year, Online only',
          ],
          details: { added_labels: 'Online only', removed_labels: 'Weekend' },
        },
      ],
    ],
  ],
  [
    clientActivated,
    [
      ['First event.', 'any_event client_status_changed from_live', 'unknown'],
      [
        'Signed up.',
        'any_event client_status_changed',
        { changes: ['Client Status: prospect → live'], details: { previous_status: 'prospect' } },
      ],
      [
        'Paused.',
        'any_event client_status_changed from_live from_live_known',
        { changes: ['Client Status: live → dormant'], details: { previous_status: 'live' } },
      ],
    ],
  ],
  [
    clientEditedWithStatus,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      [
        'Status.',
        'any_event client_status_changed',
        {
          changes: ['Client Status: prospect → live', 'Client Town: Bristol → Bath'],
          details: { previous_status: 'prospect' },
        },
      ],
      ['Details.', 'any_event', none],
      [
        'Details.',
        'client_updated town town_known',
        {
          changes: ['Client Status: prospect → live', 'Client Town: Bristol → Bath'],
          details: { previous_status: 'prospect' },
        },
      ],
    ],
  ],
  [
    clientMovedInPipeline,
    [
      ['First event.', 'any_event client_pipeline_stage_changed from_new', 'unknown'],
      [
        'Contacted.',
        'any_event client_pipeline_stage_changed from_new',
        {
          changes: ['Client Pipeline Stage Name: New enquiry → Contacted', 'Client Pipeline Stage ID: 1 → 2'],
          details: { previous_pipeline_stage: 'New enquiry' },
        },
      ],
      [
        'Booked.',
        'any_event client_pipeline_stage_changed to_booked',
        {
          changes: ['Client Pipeline Stage Name: Contacted → First lesson booked', 'Client Pipeline Stage ID: 2 → 3'],
          details: { previous_pipeline_stage: 'Contacted' },
        },
      ],
      [
        'Back to the start.',
        'any_event client_pipeline_stage_changed',
        {
          changes: ['Client Pipeline Stage Name: First lesson booked → New enquiry', 'Client Pipeline Stage ID: 3 → 1'],
          details: { previous_pipeline_stage: 'First lesson booked' },
        },
      ],
      [
        'Booked again.',
        'any_event client_pipeline_stage_changed from_new to_booked new_to_booked',
        {
          changes: ['Client Pipeline Stage Name: New enquiry → First lesson booked', 'Client Pipeline Stage ID: 1 → 3'],
          details: { previous_pipeline_stage: 'New enquiry' },
        },
      ],
    ],
  ],
  [
    clientPaid,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Paid 100.', 'any_event', none],
      ['Paid 100.', 'client_balance_changed', { changes: ['Client Available Balance: -126 → -26'] }],
    ],
  ],
  [
    clientDeleted,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Deleted.', 'any_event client_deleted', { changes: ['Client Last Name: Raman → Raman-Patel'] }],
    ],
  ],
  [
    clientEditedByDuplicate,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Sent twice.', 'any_event client_updated town town_known', { changes: ['Client Town: Bristol → Bath'] }],
      ['After the duplicate.', 'any_event client_updated town town_known', { changes: ['Client Town: Bath → Wells'] }],
    ],
  ],
  [
    clientEditedInOneDelivery,
    [
      ['Created.', 'any_event client_created', 'unknown'],
      ['Details.', 'any_event client_updated town', 'unknown'],
      ['Status.', 'any_event client_status_changed from_live', 'unknown'],
      [
        'After the delivery.',
        'any_event client_updated town town_known',
        {
          changes: ['Client Status: prospect → live', 'Client Town: Bristol → Wells'],
          details: { previous_status: 'prospect' },
        },
      ],
    ],
  ],
];
