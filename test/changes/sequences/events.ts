/** Events of the sequences, and the Zaps that they usually start; see `sequences.test.ts`. */

import { choiceOf } from '../../../local/api/choices.ts';
import { eventWith } from './sequence.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { client } from '../../../objects/client.ts';
import { sequence, type ExpectedSequence, type Runs, type Step } from '../expected-change.ts';

export const clientCreated = eventWith('CREATED_A_CLIENT', 'Created a Client');
export const clientEdited = eventWith('EDITED_A_CLIENT', 'Edited a Client');
export const clientDeleted = eventWith('DELETED_A_CLIENT', 'Deleted a Client');
export const statusChanged = eventWith('CHANGED_CLIENT_STATUS', "Changed a Client's status");
export const stageMoved = eventWith('MOVED_PIPELINE_STAGE', 'Moved a Client in the Pipeline');
export const labelAdded = eventWith('ADDED_A_LABEL_TO_A_USER', 'Added a Label to a User');
export const lessonCreated = eventWith('CREATED_AN_APPOINTMENT', 'Created a Lesson');
export const lessonEdited = eventWith('EDITED_AN_APPOINTMENT', 'Edited a Lesson');

/** The run that the first event about a record causes. */
export const FIRST_OF_CLIENT: Runs = ['any_event client_created', 'unknown'];
export const FIRST_OF_LESSON: Runs = ['any_event lesson_created', 'unknown'];

export const EDITED = 'any_event client_updated';
/** The Zaps that an edit of a client's town or mobile number starts. */
export const TOWN_OR_MOBILE = `${EDITED} town town_known`;
export const STATUS = 'any_event client_status_changed';
export const STAGE = 'any_event client_pipeline_stage_changed';
export const LABELLED = 'any_event client_label_added';

/** Returns the `labels` of a subject. */
export const labels = (...ids: readonly number[]): JsonObject => ({ labels: ids.map((id) => choiceOf('labels', id)) });

/** Returns the `pipeline_stage` of a subject. */
export const stage = (id: number): JsonObject => ({ pipeline_stage: choiceOf('pipeline-stages', id) });

/** A planned lesson. It starts on Wed 10 Jun 2026 at 17:00 in London. */
export const PLANNED: JsonObject = { status: 'planned', start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' };

/** Returns a sequence about a client who is created with these fields. */
export const aboutClient = (
  title: string,
  id: number,
  fields: JsonObject,
  ...steps: readonly Step[]
): ExpectedSequence => sequence(title, client, id, [clientCreated(0, 'Created.', fields), FIRST_OF_CLIENT], ...steps);
