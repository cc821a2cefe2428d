/** Sequences about edits, pipeline stages and the deletion of clients, and the changes that Zaps must report. */

import { choiceOf } from '../api/choices.ts';
import { client } from '../../objects/client.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  aboutClient,
  changed,
  clientDeleted as deleted,
  clientEdited,
  EDITED,
  eventWith,
  HOUR_SECONDS,
  none,
  sequence,
  STATUS,
  statusChanged,
  TOWN_OR_MOBILE,
  type Expected,
  type ExpectedSequence,
} from './sequence.ts';

const NEW_MOBILE = 'Client Mobile: 07700 900123 → 07700 900555';
const TO_BATH = 'Client Town: Bristol → Bath';
const SAVED = {
  changes: ['Client Status: prospect → live', TO_BATH],
  details: { previous_status: 'prospect' },
};

const edited = aboutClient(
  'one delivery has two events about a client',
  3013,
  { status: 'prospect' },
  [
    clientEdited(HOUR_SECONDS, 'Details.', { status: 'prospect', town: 'Bath' }),
    ['any_event client_updated town', 'unknown'],
  ],
  [
    statusChanged(HOUR_SECONDS + 60, 'Status.', { status: 'live', town: 'Bath' }),
    ['any_event client_status_changed from_live', 'unknown'],
  ],
  [
    clientEdited(2 * HOUR_SECONDS, 'After the delivery.', { status: 'live', town: 'Wells' }),
    [
      TOWN_OR_MOBILE,
      {
        changes: ['Client Status: prospect → live', 'Client Town: Bristol → Wells'],
        details: { previous_status: 'prospect' },
      },
    ],
  ],
);
const [first = [], second = [], third = [], last = []] = edited.deliveries;
export const editedInOneDelivery: ExpectedSequence = { ...edited, deliveries: [first, [...second, ...third], last] };

const stageMoved = eventWith('MOVED_PIPELINE_STAGE', 'Moved a Client in the Pipeline');
const STAGE = 'any_event client_pipeline_stage_changed';
/** Returns the field `pipeline_stage` of a subject. */
const stage = (id: number): JsonObject => ({ pipeline_stage: choiceOf('pipeline-stages', id) });
const STAGES = ['', 'New enquiry', 'Contacted', 'First lesson booked'];
const moved = (from: number, to: number): Expected => ({
  changes: [`Client Pipeline Stage Name: ${STAGES[from]} → ${STAGES[to]}`, `Client Pipeline Stage ID: ${from} → ${to}`],
  details: { previous_pipeline_stage: STAGES[from] ?? '' },
});

export const clientDeleted = aboutClient('a client is deleted', 3011, { email: 'leaving@example.com' }, [
  deleted(HOUR_SECONDS, 'Deleted.', { last_name: 'Raman-Patel' }),
  ['any_event client_deleted', changed('Client Last Name: Raman → Raman-Patel')],
]);

export const clients: readonly ExpectedSequence[] = [
  editedInOneDelivery,
  aboutClient(
    'an edit of a client arrives by a late retry',
    3005,
    {},
    [
      clientEdited(HOUR_SECONDS + 600, 'Newer edit.', { mobile: '07700 900555', town: 'Bath' }),
      [TOWN_OR_MOBILE, changed(NEW_MOBILE, TO_BATH)],
    ],
    [clientEdited(HOUR_SECONDS, 'Late edit.', { mobile: '07700 900555' }), [`${EDITED} town`, 'unknown']],
    [
      clientEdited(2 * HOUR_SECONDS, 'Newest edit.', { mobile: '07700 900777', town: 'Bath' }),
      [TOWN_OR_MOBILE, changed('Client Mobile: 07700 900555 → 07700 900777')],
    ],
  ),
  // A single click in TutorCruncher causes both the status change and the edit.
  aboutClient(
    'details and status of a client are saved together',
    3008,
    { status: 'prospect' },
    [statusChanged(HOUR_SECONDS, 'Status.', { status: 'live', town: 'Bath' }), [STATUS, SAVED]],
    [
      clientEdited(HOUR_SECONDS + 0.2, 'Details.', { status: 'live', town: 'Bath' }),
      ['any_event', none],
      ['client_updated town town_known', SAVED],
    ],
  ),
  sequence(
    'a client moves in the pipeline',
    client,
    3009,
    [stageMoved(0, 'First event.', stage(1)), [`${STAGE} from_new`, 'unknown']],
    [stageMoved(HOUR_SECONDS, 'Contacted.', stage(2)), [`${STAGE} from_new`, moved(1, 2)]],
    [stageMoved(2 * HOUR_SECONDS, 'Booked.', stage(3)), [STAGE, moved(2, 3)]],
    [stageMoved(3 * HOUR_SECONDS, 'Back to the start.', stage(1)), [STAGE, moved(3, 1)]],
    [stageMoved(4 * HOUR_SECONDS, 'Booked again.', stage(3)), [`${STAGE} from_new`, moved(1, 3)]],
  ),
  clientDeleted,
];
