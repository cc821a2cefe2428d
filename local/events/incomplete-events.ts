/** Sequences of events in which TutorCruncher omits or empties the labels, signs links again, or repeats an event. */

import { choiceOf } from '../api/choices.ts';
import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  changed,
  clientCreated,
  clientEdited,
  EDITED,
  eventWith,
  FIRST_OF_CLIENT,
  FIRST_OF_LESSON,
  HOUR_SECONDS,
  lessonCreated,
  lessonEdited,
  none,
  PLANNED,
  sequence,
  TOWN_OR_MOBILE,
  type Expected,
} from './sequence.ts';

/** Returns the field `photo` of a subject, as TutorCruncher signs the link for one delivery. */
const photo = (signature: string, file = '301.jpg'): JsonObject => ({
  photo: `https://media.example.com/photo/${file}?X-Amz-Date=20260610T180500Z&X-Amz-Expires=3600&X-Amz-Signature=${signature}`,
});

const clientWithPhoto = sequence(
  'a client has a photo, whose link is signed for each delivery',
  client,
  3201,
  [clientCreated(0, 'Created.', photo('0a')), FIRST_OF_CLIENT],
  // TutorCruncher sends this edit with every new client, within milliseconds.
  [
    clientEdited(0.2, 'Edited with its creation.', photo('1b')),
    ['any_event', none],
    ['client_updated town', 'unknown'],
  ],
  [clientEdited(HOUR_SECONDS, 'Nothing but the link differs.', photo('2c')), [EDITED, none]],
  [
    clientEdited(2 * HOUR_SECONDS, 'New mobile number.', { ...photo('3d'), mobile: '07700 900555' }),
    [TOWN_OR_MOBILE, changed('Client Mobile: 07700 900123 → 07700 900555')],
  ],
  [
    clientEdited(3 * HOUR_SECONDS, 'Another photo.', { ...photo('4e', '302.jpg'), mobile: '07700 900555' }),
    [EDITED, none],
  ],
);

const labelAdded = eventWith('ADDED_A_LABEL_TO_A_USER', 'Added a Label to a User');
const labels = (...ids: readonly number[]): JsonObject => ({ labels: ids.map((id) => choiceOf('labels', id)) });
const NO_LABELS = { labels: [] };
const UNSENT = { labels: undefined };
const EXAM_YEAR_ADDED: Expected = {
  changes: ['Client Label Names: Enquiry → Enquiry, Exam year'],
  details: { added_labels: 'Exam year', removed_labels: '' },
};
/** The expectation that a record reports no changes, because an event lacks the labels. */
const NO_LABELS_KNOWN: Expected = { changes: [], details: { added_labels: '', removed_labels: '' } };

const clientWithLabels = sequence(
  'labels are sent only with events about labels, which are repeated',
  client,
  3202,
  [clientCreated(0, 'Created.', NO_LABELS), FIRST_OF_CLIENT],
  [labelAdded(HOUR_SECONDS, 'Enquiry added.', labels(26)), ['any_event client_label_added', 'unknown']],
  [labelAdded(2 * HOUR_SECONDS, 'Enquiry repeated.', labels(26)), ['any_event', 'unknown']],
  [clientEdited(3 * HOUR_SECONDS, 'Edited, with an empty list.', NO_LABELS), [EDITED, NO_LABELS_KNOWN]],
  // The nearest earlier event does not contain the labels, so the app cannot distinguish this event from an addition.
  [
    labelAdded(4 * HOUR_SECONDS, 'Enquiry repeated after an edit.', labels(26)),
    ['any_event client_label_added', 'unknown'],
  ],
  [
    labelAdded(5 * HOUR_SECONDS, 'Exam year added.', labels(26, 23)),
    ['any_event client_label_added exam_year', EXAM_YEAR_ADDED],
  ],
  [labelAdded(5 * HOUR_SECONDS + 1, 'Exam year repeated at once.', labels(23, 26)), ['any_event', none]],
  [labelAdded(6 * HOUR_SECONDS, 'Exam year repeated later.', labels(26, 23)), ['any_event', 'unknown']],
  [clientEdited(7 * HOUR_SECONDS, 'Edited, without labels.', UNSENT), [EDITED, NO_LABELS_KNOWN]],
);

const lessonWithSameTexts = sequence(
  'a lesson is moved by seconds, and its values are written differently',
  lesson,
  8201,
  [lessonCreated(0, 'Created.', { ...PLANNED, units: '1.50000', is_deleted: false }), FIRST_OF_LESSON],
  [
    lessonEdited(HOUR_SECONDS, 'Same texts.', {
      ...PLANNED,
      start: '2026-06-10T16:00:42Z',
      units: 1.5,
      is_deleted: 'False',
    }),
    ['any_event lesson_updated', none],
  ],
);

export const incompleteEvents = [clientWithPhoto, clientWithLabels, lessonWithSameTexts];
