/** Sequences of several events within seconds. Each sequence has its own record. */

import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import { eventWith, HOUR, labels, type Sequence, type SequenceEvent } from './sequence.ts';

const clientCreated = eventWith('CREATED_A_CLIENT', 'Created a Client');
const clientEdited = eventWith('EDITED_A_CLIENT', 'Edited a Client');
const clientDeleted = eventWith('DELETED_A_CLIENT', 'Deleted a Client');
const statusChanged = eventWith('CHANGED_CLIENT_STATUS', "Changed a Client's status");
const labelAdded = eventWith('ADDED_A_LABEL_TO_A_USER', 'Added a Label to a User');
const lessonCreated = eventWith('CREATED_AN_APPOINTMENT', 'Created a Lesson');
const lessonEdited = eventWith('EDITED_AN_APPOINTMENT', 'Edited a Lesson');

const PLANNED: JsonObject = { status: 'planned', start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' };
const MOVED: JsonObject = { ...PLANNED, start: '2026-06-11T16:00:00Z', finish: '2026-06-11T17:30:00Z' };

/** Returns deliveries of one event each. */
const oneByOne = (...events: readonly SequenceEvent[]): SequenceEvent[][] => events.map((event) => [event]);

export const lessonMovedAndRenamed: Sequence = {
  title: 'a lesson is moved and renamed 3 s later',
  object: lesson,
  id: 8101,
  deliveries: oneByOne(
    lessonCreated(0, 'Created.', PLANNED),
    lessonEdited(HOUR, 'Moved.', MOVED),
    lessonEdited(HOUR + 3, 'Renamed.', { ...MOVED, topic: 'Circles' }),
  ),
};

export const labelsAdded: Sequence = {
  title: 'three labels are added to a client within a second',
  object: client,
  id: 3101,
  deliveries: oneByOne(
    clientCreated(0, 'Created.', labels(22)),
    labelAdded(HOUR, 'Weekend.', labels(22, 21)),
    labelAdded(HOUR + 0.3, 'Exam year.', labels(22, 21, 23)),
    labelAdded(HOUR + 0.6, 'Online only.', labels(22, 21, 23, 25)),
  ),
};

/** TutorCruncher may render the body of an event after the next event has happened. */
export const labelsAddedRenderedLate: Sequence = {
  title: 'three labels are added to a client within a second, and all events show all of them',
  object: client,
  id: 3102,
  deliveries: oneByOne(
    clientCreated(0, 'Created.', labels(22)),
    labelAdded(HOUR, 'First.', labels(22, 21, 23, 25)),
    labelAdded(HOUR + 0.3, 'Second.', labels(22, 21, 23, 25)),
    labelAdded(HOUR + 0.6, 'Third.', labels(22, 21, 23, 25)),
  ),
};

/** The start of a lesson that has been moved a number of times, and its topic after a number of renames. */
const lessonAfter = (moves: number, renames: number): JsonObject => ({
  ...PLANNED,
  ...(moves > 0 && { start: `2026-06-1${moves}T16:00:00Z`, finish: `2026-06-1${moves}T17:30:00Z` }),
  ...(renames > 0 && { topic: `Topic ${renames}` }),
});

const movesAndRenames: readonly SequenceEvent[] = [
  ...[1, 2, 3].map((n) => lessonEdited(HOUR + n * 0.5, `Move ${n}.`, lessonAfter(n, 0))),
  ...[4, 5, 6].map((n) => lessonEdited(HOUR + n * 0.5, `Rename ${n}.`, lessonAfter(3, n))),
];

export const lessonMovedThenRenamed: Sequence = {
  title: 'a lesson is moved three times and then renamed three times',
  object: lesson,
  id: 8102,
  deliveries: oneByOne(lessonCreated(0, 'Created.', PLANNED), ...movesAndRenames),
};

export const lessonMovedThenRenamedReversed: Sequence = {
  title: 'three moves and three renames of a lesson arrive in reverse order',
  object: lesson,
  id: 8103,
  deliveries: oneByOne(lessonCreated(0, 'Created.', PLANNED), ...movesAndRenames.toReversed()),
};

/** TutorCruncher sends two events for one click, which may arrive in either order. */
export const clientEditedWithStatusReversed: Sequence = {
  title: 'details and status of a client are saved together, and the events arrive in the wrong order',
  object: client,
  id: 3103,
  deliveries: oneByOne(
    clientCreated(0, 'Created.', { status: 'prospect' }),
    clientEdited(HOUR + 0.2, 'Details.', { status: 'live', town: 'Bath' }),
    statusChanged(HOUR, 'Status.', { status: 'live', town: 'Bath' }),
  ),
};

export const clientDeletedAfterEdit: Sequence = {
  title: 'a client is edited and deleted a second later',
  object: client,
  id: 3104,
  deliveries: oneByOne(
    clientCreated(0, 'Created.', { email: 'first@example.com' }),
    clientEdited(HOUR, 'Edited.', { email: 'second@example.com', town: 'Bath' }),
    clientDeleted(HOUR + 1, 'Deleted.'),
  ),
};

export const clientDeletedAtOnce: Sequence = {
  title: 'a client is deleted a second after the only event about her',
  object: client,
  id: 3105,
  deliveries: oneByOne(
    clientCreated(HOUR, 'Created.', { email: 'short@example.com' }),
    clientDeleted(HOUR + 1, 'Deleted.'),
  ),
};

const mobile = (n: number): JsonObject => ({ mobile: `07700 9005${String(n).padStart(2, '0')}` });

/** Twenty edits of a client within four seconds, more than an envelope carries. */
const edits: readonly SequenceEvent[] = Array.from({ length: 20 }, (_, index) =>
  clientEdited(HOUR + index * 0.2, `Edit ${index + 1}.`, mobile(index + 1)),
);

export const clientEditedTwentyTimes: Sequence = {
  title: 'a client is edited twenty times within four seconds',
  object: client,
  id: 3106,
  deliveries: oneByOne(clientCreated(0, 'Created.', mobile(0)), ...edits),
};

export const clientEditedTwentyTimesReversed: Sequence = {
  title: 'twenty edits of a client arrive in reverse order',
  object: client,
  id: 3107,
  deliveries: oneByOne(clientCreated(0, 'Created.', mobile(0)), ...edits.toReversed()),
};

/** The edit arrives after ten changes of status, of which its envelope contains the first and the newest seven. */
export const clientEditedAmongStatuses: Sequence = {
  title: 'an edit of a client arrives after the ten changes of status that followed it',
  object: client,
  id: 3108,
  deliveries: oneByOne(
    clientCreated(0, 'Created.', { status: 'prospect', ...mobile(0) }),
    ...edits
      .slice(0, 10)
      .map(({ at }, index) =>
        statusChanged(at + 0.1, `Status ${index + 1}.`, { status: index % 2 ? 'prospect' : 'live', ...mobile(1) }),
      ),
    clientEdited(HOUR, 'Edit.', { status: 'prospect', ...mobile(1) }),
  ),
};

/** The middle event is signed with another key in the test. */
export const clientEditedAroundForgery: Sequence = {
  title: 'a forged event arrives between two edits of a client',
  object: client,
  id: 3109,
  deliveries: oneByOne(
    clientCreated(0, 'Created.'),
    clientEdited(HOUR, 'First edit.', { mobile: '07700 900555' }),
    clientEdited(HOUR + 1, 'Forged.', { mobile: '07700 900666', town: 'Nowhere' }),
    clientEdited(HOUR + 2, 'Second edit.', { mobile: '07700 900555', town: 'Bath' }),
  ),
};
