/** Sequences about the pipeline stages and the deletion of clients, and the changes they must report. */

import { HOUR } from './sequence.ts';
import { client } from '../../../objects/client.ts';
import { changed, sequence, type Expected, type ExpectedSequence } from '../expected-change.ts';
import { clientCreated, clientDeleted as deleted, FIRST_OF_CLIENT, STAGE, stage, stageMoved } from './events.ts';

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
];
