/** Lists of actions that contradict the assumptions about events. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { Change } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

/** Returns a change to the list of actions. The response contains this list without an envelope. */
const changedActions =
  (change: (types: JsonObject[]) => unknown): Change =>
  (behaviour) => {
    behaviour.alter = ({ path }, [status, body, headers]) =>
      path === '/api/action-types/' && Array.isArray(body)
        ? [status, change(body.filter(isJsonObject)), headers ?? {}]
        : [status, body, headers ?? {}];
  };

testContradictions([
  ['choices.action-types', 'the list has pages', changedActions((results) => ({ results }))],
  [
    'events.actions',
    'an action has another key',
    changedActions((types) => types.filter(({ key }) => key !== 'CREATED_A_TASK')),
  ],
  [
    'events.catalogue',
    'there is another action',
    changedActions((types) => [...types, { key: 'MOVED_A_CLOUD', msg: 'Moved a Cloud', subject_types: ['Client'] }]),
  ],
  [
    'events.catalogue',
    'an action has no webhook any more',
    changedActions((types) => types.map((type) => (type.key === 'COPY_ROLE' ? { ...type, subject_types: [] } : type))),
  ],
  [
    'events.models',
    'a model is unknown',
    changedActions((types) =>
      types.map((type) => (type.key === 'COPY_ROLE' ? { ...type, subject_types: ['Course'] } : type)),
    ),
  ],
]);
