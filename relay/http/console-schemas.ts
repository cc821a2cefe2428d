/** The schemas of requests to the console's API. */

import { DEFAULT_LISTED_EVENTS, MAX_FILTERED_ACTIONS, MAX_LISTED_EVENTS, OUTCOMES } from '../../wire/console-api.ts';
import { strictObject } from './strict-object.ts';

const WHOLE_NUMBER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const SUBSCRIPTION_ID = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;

const CONDITIONS = {
  outcome: { type: 'string', enum: OUTCOMES },
  zap: SUBSCRIPTION_ID,
  action: {
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 100 },
    minItems: 1,
    maxItems: MAX_FILTERED_ACTIONS,
  },
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

export const RETRY_SCHEMA = { body: strictObject({ zap: SUBSCRIPTION_ID }) };

const SEND_AGAIN = strictObject(
  {
    dry_run: { type: 'boolean' },
    number: WHOLE_NUMBER,
    zap: SUBSCRIPTION_ID,
    conditions: strictObject(CONDITIONS),
    after: WHOLE_NUMBER,
    up_to: WHOLE_NUMBER,
  },
  ['dry_run'],
);

export const SEND_AGAIN_SCHEMA = {
  body: {
    ...SEND_AGAIN,
    oneOf: [
      {
        required: ['number', 'zap'],
        not: { anyOf: [{ required: ['conditions'] }, { required: ['after'] }, { required: ['up_to'] }] },
      },
      { required: ['conditions'], not: { anyOf: [{ required: ['number'] }, { required: ['zap'] }] } },
    ],
  },
};
