/**
 * Sequences about clients. Each sequence has its own client, so that client 301 in the other samples does not change.
 */

import { client } from '../../objects/client.ts';
import type { JsonObject } from '../../wire/json.ts';
import { choiceOf } from '../api/choices.ts';
import { eventWith, HOUR, labels, type Sequence } from './sequence.ts';

const created = eventWith('CREATED_A_CLIENT', 'Created a Client');
const edited = eventWith('EDITED_A_CLIENT', 'Edited a Client');
const statusChanged = eventWith('CHANGED_CLIENT_STATUS', "Changed a Client's status");
const stageMoved = eventWith('MOVED_PIPELINE_STAGE', 'Moved a Client in the Pipeline');
const labelAdded = eventWith('ADDED_A_LABEL_TO_A_USER', 'Added a Label to a User');
const balanceAdjusted = eventWith('BALANCE_ADJUSTMENT', "Adjusted a Client's balance");
const deleted = eventWith('DELETED_A_CLIENT', 'Deleted a Client');
const recovered = eventWith('RECOVERED_A_CLIENT', 'Recovered a Client');

const stage = (id: number): JsonObject => ({ pipeline_stage: choiceOf('pipeline-stages', id) });

/** A client changes her last name after her wedding. Between the edits, her balance changes without an event. */
export const clientRenamed: Sequence = {
  title: 'a client is created and renamed',
  object: client,
  id: 3001,
  deliveries: [
    [created(0, 'Created.')],
    [edited(HOUR, 'Married.', { last_name: 'Patel', available_balance: '-168.00' })],
    [edited(2 * HOUR, 'Saved without a change.', { last_name: 'Patel', available_balance: '-84.00' })],
  ],
};

const renamedLabels: JsonObject = {
  labels: [choiceOf('labels', 22), { ...choiceOf('labels', 21), name: 'Saturday', machine_name: 'saturday' }],
};

/** Neither a different notation of a value nor a renamed label counts as a change. */
export const clientRewritten: Sequence = {
  title: 'values of a client are sent in another form',
  object: client,
  id: 3002,
  deliveries: [
    [created(0, 'Created.', { ...labels(21, 22), phone: null, payment_pending: '84.00' })],
    [edited(HOUR, 'Sent in another form.', { ...renamedLabels, phone: '', payment_pending: 84 })],
  ],
};

/** TutorCruncher does not send all fields with every event. */
export const clientSentIncomplete: Sequence = {
  title: 'an event about a client lacks some of her fields',
  object: client,
  id: 3015,
  deliveries: [
    [created(0, 'Incomplete.', { labels: undefined, mobile: undefined, pipeline_stage: undefined })],
    [edited(HOUR, 'Complete.', { town: 'Bath' })],
  ],
};

/** TutorCruncher sends some events in the older shape and others in the newer shape. */
export const clientInBothShapes: Sequence = {
  title: 'events about a client have different shapes',
  object: client,
  id: 3016,
  deliveries: [
    [created(0, 'Newer shape.')],
    [{ ...labelAdded(HOUR, 'Older shape.', labels(21, 22, 23)), isInOlderShape: true }],
    [edited(2 * HOUR, 'Newer shape again.', { ...labels(21, 22, 23), town: 'Bath' })],
  ],
};

export const clientEditedTwice: Sequence = {
  title: 'a client is edited twice in one second',
  object: client,
  id: 3003,
  deliveries: [
    [created(0, 'Created.')],
    [edited(HOUR, 'First edit.', { mobile: '07700 900555' })],
    [edited(HOUR + 0.7, 'Second edit.', { mobile: '07700 900555', email: 'priya@example.com' })],
  ],
};

export const clientEditedOutOfOrder: Sequence = {
  title: 'two edits of a client arrive in the wrong order',
  object: client,
  id: 3004,
  deliveries: [
    [created(0, 'Created.')],
    [edited(HOUR + 3, 'Second edit.', { mobile: '07700 900555', town: 'Bath' })],
    [edited(HOUR, 'First edit.', { mobile: '07700 900555' })],
    [edited(2 * HOUR, 'Third edit.', { mobile: '07700 900555', town: 'Wells' })],
  ],
};

export const clientEditedLate: Sequence = {
  title: 'an edit of a client arrives by a late retry',
  object: client,
  id: 3005,
  deliveries: [
    [created(0, 'Created.')],
    [edited(HOUR + 600, 'Newer edit.', { mobile: '07700 900555', town: 'Bath' })],
    [edited(HOUR, 'Late edit.', { mobile: '07700 900555' })],
    [edited(2 * HOUR, 'Newest edit.', { mobile: '07700 900777', town: 'Bath' })],
  ],
};

/** TutorCruncher sends no event when a label is removed from a person. */
export const clientLabelled: Sequence = {
  title: 'labels are added to a client and removed from her',
  object: client,
  id: 3006,
  deliveries: [
    [labelAdded(0, 'First event.', labels(21, 22))],
    [labelAdded(HOUR, 'Exam year added.', labels(21, 22, 23))],
    [labelAdded(2 * HOUR, 'Exam year removed and added again.', labels(21, 22, 23))],
    [labelAdded(3 * HOUR, 'Weekend replaced by Online only.', labels(22, 23, 25))],
  ],
};

export const clientActivated: Sequence = {
  title: "a client's status changes",
  object: client,
  id: 3007,
  deliveries: [
    [statusChanged(0, 'First event.', { status: 'prospect' })],
    [statusChanged(HOUR, 'Signed up.', { status: 'live' })],
    [statusChanged(2 * HOUR, 'Paused.', { status: 'dormant' })],
  ],
};

/** A single click in TutorCruncher causes both events. */
export const clientEditedWithStatus: Sequence = {
  title: 'details and status of a client are saved together',
  object: client,
  id: 3008,
  deliveries: [
    [created(0, 'Created.', { status: 'prospect' })],
    [statusChanged(HOUR, 'Status.', { status: 'live', town: 'Bath' })],
    [edited(HOUR + 0.2, 'Details.', { status: 'live', town: 'Bath' })],
  ],
};

export const clientMovedInPipeline: Sequence = {
  title: 'a client moves in the pipeline',
  object: client,
  id: 3009,
  deliveries: [
    [stageMoved(0, 'First event.', stage(1))],
    [stageMoved(HOUR, 'Contacted.', stage(2))],
    [stageMoved(2 * HOUR, 'Booked.', stage(3))],
    [stageMoved(3 * HOUR, 'Back to the start.', stage(1))],
    [stageMoved(4 * HOUR, 'Booked again.', stage(3))],
  ],
};

export const clientPaid: Sequence = {
  title: "a client's balance changes",
  object: client,
  id: 3010,
  deliveries: [
    [created(0, 'Created.', { invoice_balance: '-84.00', available_balance: '-126.00' })],
    [balanceAdjusted(HOUR, 'Paid 100.', { invoice_balance: '-84.00', available_balance: '-26.00' })],
  ],
};

export const clientDeleted: Sequence = {
  title: 'a client is deleted',
  object: client,
  id: 3011,
  deliveries: [
    [created(0, 'Created.', { email: 'leaving@example.com' })],
    [deleted(HOUR, 'Deleted.', { last_name: 'Raman-Patel' })],
  ],
};

/** The events of {@link clientDeleted} after the deletion has been delivered. */
export const clientRecovered: Sequence = {
  title: 'a deleted client is recovered',
  object: client,
  id: clientDeleted.id,
  deliveries: [
    [recovered(2 * HOUR, 'Recovered.', { email: 'leaving@example.com' })],
    [edited(3 * HOUR, 'Edited after the recovery.', { email: 'back@example.com' })],
  ],
};

const repeated = [edited(HOUR, 'Sent twice.', { town: 'Bath' })];
export const clientEditedByDuplicate: Sequence = {
  title: 'an edit of a client is sent twice',
  object: client,
  id: 3012,
  deliveries: [
    [created(0, 'Created.')],
    repeated,
    repeated,
    [edited(2 * HOUR, 'After the duplicate.', { town: 'Wells' })],
  ],
};

export const clientEditedInOneDelivery: Sequence = {
  title: 'one delivery has two events about a client',
  object: client,
  id: 3013,
  deliveries: [
    [created(0, 'Created.', { status: 'prospect' })],
    [
      edited(HOUR, 'Details.', { status: 'prospect', town: 'Bath' }),
      statusChanged(HOUR + 60, 'Status.', { status: 'live', town: 'Bath' }),
    ],
    [edited(2 * HOUR, 'After the delivery.', { status: 'live', town: 'Wells' })],
  ],
};

/** The Zap rejects the second event, which is redriven a day later, after the third event. */
export const clientEditedBeforeRedrive: Sequence = {
  title: 'an edit of a client is redriven a day later',
  object: client,
  id: 3014,
  deliveries: [
    [created(0, 'Created.')],
    [edited(HOUR, 'Given up.', { town: 'Bath' })],
    [edited(2 * HOUR, 'Delivered before.', { town: 'Wells' })],
  ],
};
