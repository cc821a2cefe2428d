/** The action types of the stand-in's account: one per trigger, those of wellbeing concerns, and one without webhooks. */

import { wellbeingConcernActions } from '../../objects/wellbeing-concern.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { listedActions } from '../../wire/action-filter.ts';
import type { JsonObject } from '../../wire/json.ts';

/** Returns the rows of `GET /api/action-types/`. */
export const actionTypes = (): JsonObject[] => [
  { key: 'LOGIN', value: 'LOGIN', msg: 'Logged in', help_text: '', extra_msg: '', subject_types: [] },
  ...webhookTriggers.flatMap(({ filter, definition, sampleEvent }) =>
    listedActions(filter.actions)
      .slice(0, 1)
      .map((key) => ({
        ...{ key, value: key, msg: sampleEvent.verb, help_text: '', extra_msg: '' },
        subject_types: [definition.noun],
      })),
  ),
  ...wellbeingConcernActions.map((key) => ({
    ...{ key, value: key, subject_types: ['Safeguarding/Wellbeing Concern'] },
    msg: `${key.startsWith('RAISED') ? 'Created' : 'Resolved'} a Safeguarding/Wellbeing Concern`,
  })),
];
