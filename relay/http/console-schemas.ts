/** The schemas of requests to the console's API. */

import { MAX_FILTERED_ACTIONS, MAX_LISTED_EVENTS, OUTCOMES } from '../../wire/console-api.ts';

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
  querystring: {
    type: 'object',
    properties: {
      ...CONDITIONS,
      before: WHOLE_NUMBER,
      limit: { type: 'integer', minimum: 1, maximum: MAX_LISTED_EVENTS, default: MAX_LISTED_EVENTS },
      known_up_to: WHOLE_NUMBER,
    },
    additionalProperties: false,
  },
} as const;

export const EVENT_SCHEMA = {
  params: { type: 'object', required: ['number'], properties: { number: WHOLE_NUMBER } },
} as const;

export const SEND_AGAIN_SCHEMA = {
  body: {
    type: 'object',
    required: ['dry_run'],
    properties: {
      dry_run: { type: 'boolean' },
      number: WHOLE_NUMBER,
      zap: SUBSCRIPTION_ID,
      conditions: { type: 'object', properties: CONDITIONS, additionalProperties: false },
      after: WHOLE_NUMBER,
      up_to: WHOLE_NUMBER,
    },
    additionalProperties: false,
    oneOf: [
      {
        required: ['number', 'zap'],
        not: { anyOf: [{ required: ['conditions'] }, { required: ['after'] }, { required: ['up_to'] }] },
      },
      { required: ['conditions'], not: { anyOf: [{ required: ['number'] }, { required: ['zap'] }] } },
    ],
  },
} as const;
