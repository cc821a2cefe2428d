/** The schemas of requests to the console's API. */

import { DEFAULT_LISTED_EVENTS, MAX_FILTERED_ACTIONS, MAX_LISTED_EVENTS, OUTCOMES } from '../../wire/console-api.ts';
import { ACTION, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';

const CONDITIONS = {
  outcome: { type: 'string', enum: OUTCOMES },
  zap: UUID,
  action: { type: 'array', items: ACTION, minItems: 1, maxItems: MAX_FILTERED_ACTIONS },
  from: WHOLE_NUMBER,
  to: WHOLE_NUMBER,
} as const;

export const EVENTS_SCHEMA = {
  querystring: strictObject({
    ...CONDITIONS,
    before: WHOLE_NUMBER,
    limit: { type: 'integer', minimum: 1, maximum: MAX_LISTED_EVENTS, default: DEFAULT_LISTED_EVENTS },
    known_up_to: WHOLE_NUMBER,
  }),
};

export const EVENT_SCHEMA = {
  params: { type: 'object', required: ['number'], properties: { number: WHOLE_NUMBER } },
} as const;

export const RETRY_SCHEMA = { body: strictObject({ zap: UUID }) };

const SEND_AGAIN = strictObject(
  {
    dry_run: { type: 'boolean' },
    number: WHOLE_NUMBER,
    zap: UUID,
    conditions: strictObject(CONDITIONS),
    after: WHOLE_NUMBER,
    up_to: WHOLE_NUMBER,
  },
  ['dry_run'],
);

/** The condition that an object has none of these properties. */
const without = (...names: string[]) => ({ not: { anyOf: names.map((name) => ({ required: [name] })) } });

export const SEND_AGAIN_SCHEMA = {
  body: {
    ...SEND_AGAIN,
    oneOf: [
      { required: ['number', 'zap'], ...without('conditions', 'after', 'up_to') },
      { required: ['conditions'], ...without('number', 'zap') },
    ],
  },
};
