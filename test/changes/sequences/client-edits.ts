/** Sequences of edits of clients, and the changes that they must report. */

import { HOUR } from './sequence.ts';
import { client } from '../../../objects/client.ts';
import { changed, none, sequence, type ExpectedSequence } from '../expected-change.ts';
import {
  clientCreated,
  clientEdited,
  EDITED,
  FIRST_OF_CLIENT,
  STATUS,
  statusChanged,
  TOWN_OR_MOBILE,
} from './events.ts';

const NEW_MOBILE = 'Client Mobile: 07700 900123 → 07700 900555';
const TO_BATH = 'Client Town: Bristol → Bath';
const SAVED = {
  changes: ['Client Status: prospect → live', TO_BATH],
  details: { previous_status: 'prospect' },
};

const edited = sequence(
  'one delivery has two events about a client',
  client,
  3013,
  [clientCreated(0, 'Created.', { status: 'prospect' }), FIRST_OF_CLIENT],
  [clientEdited(HOUR, 'Details.', { status: 'prospect', town: 'Bath' }), ['any_event client_updated town', 'unknown']],
  [
    statusChanged(HOUR + 60, 'Status.', { status: 'live', town: 'Bath' }),
    ['any_event client_status_changed from_live', 'unknown'],
  ],
  [
    clientEdited(2 * HOUR, 'After the delivery.', { status: 'live', town: 'Wells' }),
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
const editedInOneDelivery: ExpectedSequence = { ...edited, deliveries: [first, [...second, ...third], last] };

export const clientEdits: readonly ExpectedSequence[] = [
  editedInOneDelivery,
  // Between the edits, the balance changes without an event.
  sequence(
    'a client is created and renamed',
    client,
    3001,
    [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
    [
      clientEdited(HOUR, 'Married.', { last_name: 'Patel', available_balance: '-168.00' }),
      [EDITED, changed('Client Last Name: Raman → Patel')],
    ],
    [
      clientEdited(2 * HOUR, 'Saved without a change.', { last_name: 'Patel', available_balance: '-84.00' }),
      [EDITED, none],
    ],
  ),
  sequence(
    'a client is edited twice in one second',
    client,
    3003,
    [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
    [clientEdited(HOUR, 'First edit.', { mobile: '07700 900555' }), [TOWN_OR_MOBILE, changed(NEW_MOBILE)]],
    [
      clientEdited(HOUR + 0.7, 'Second edit.', { mobile: '07700 900555', email: 'priya@example.com' }),
      [EDITED, changed('Client Email: priya.raman@example.com → priya@example.com')],
    ],
  ),
  sequence(
    'two edits of a client arrive in the wrong order',
    client,
    3004,
    [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
    [
      clientEdited(HOUR + 3, 'Second edit.', { mobile: '07700 900555', town: 'Bath' }),
      [TOWN_OR_MOBILE, changed(NEW_MOBILE, TO_BATH)],
    ],
    [clientEdited(HOUR, 'First edit.', { mobile: '07700 900555' }), [EDITED, none]],
    [
      clientEdited(2 * HOUR, 'Third edit.', { mobile: '07700 900555', town: 'Wells' }),
      [TOWN_OR_MOBILE, changed('Client Town: Bath → Wells')],
    ],
  ),
  sequence(
    'an edit of a client arrives by a late retry',
    client,
    3005,
    [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
    [
      clientEdited(HOUR + 600, 'Newer edit.', { mobile: '07700 900555', town: 'Bath' }),
      [TOWN_OR_MOBILE, changed(NEW_MOBILE, TO_BATH)],
    ],
    [clientEdited(HOUR, 'Late edit.', { mobile: '07700 900555' }), [`${EDITED} town`, 'unknown']],
    [
      clientEdited(2 * HOUR, 'Newest edit.', { mobile: '07700 900777', town: 'Bath' }),
      [TOWN_OR_MOBILE, changed('Client Mobile: 07700 900555 → 07700 900777')],
    ],
  ),
  // A single click in TutorCruncher causes both events.
  sequence(
    'details and status of a client are saved together',
    client,
    3008,
    [clientCreated(0, 'Created.', { status: 'prospect' }), FIRST_OF_CLIENT],
    [statusChanged(HOUR, 'Status.', { status: 'live', town: 'Bath' }), [STATUS, SAVED]],
    [
      clientEdited(HOUR + 0.2, 'Details.', { status: 'live', town: 'Bath' }),
      ['any_event', none],
      ['client_updated town town_known', SAVED],
    ],
  ),
  sequence(
    'details and status of a client are saved together, and the events arrive in the wrong order',
    client,
    3103,
    [clientCreated(0, 'Created.', { status: 'prospect' }), FIRST_OF_CLIENT],
    [clientEdited(HOUR + 0.2, 'Details.', { status: 'live', town: 'Bath' }), [TOWN_OR_MOBILE, SAVED]],
    [
      statusChanged(HOUR, 'Status.', { status: 'live', town: 'Bath' }),
      ['any_event', none],
      ['client_status_changed', SAVED],
    ],
  ),
  sequence(
    'an edit of a client is sent twice',
    client,
    3012,
    [clientCreated(0, 'Created.'), FIRST_OF_CLIENT],
    [clientEdited(HOUR, 'Sent twice.', { town: 'Bath' }), [TOWN_OR_MOBILE, changed(TO_BATH)]],
    [clientEdited(HOUR, 'Sent twice.', { town: 'Bath' })],
    [
      clientEdited(2 * HOUR, 'After the duplicate.', { town: 'Wells' }),
      [TOWN_OR_MOBILE, changed('Client Town: Bath → Wells')],
    ],
  ),
];
