/** Building blocks of the JSON schemas that validate requests. */

import { MAX_FILTERED_ACTIONS, OUTCOMES } from '../../wire/console-api.ts';

/** Returns the JSON schema of an object that allows only the given properties. */
export const strictObject = <Properties extends object>(
  properties: Properties,
  required: readonly (keyof Properties)[] = [],
) => ({ type: 'object', properties, required, additionalProperties: false }) as const;

/** Returns the JSON schema of an object that has all of the given properties and no others. */
export const requiredObject = <Properties extends object>(properties: Properties) =>
  strictObject(properties, Object.keys(properties) as (keyof Properties)[]);

export const UUID = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
/** 32 bytes in base64url without padding, such as a SHA-256 hash. */
export const BYTES_32 = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' } as const;
export const WHOLE_NUMBER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
export const ACTION = { type: 'string', minLength: 1, maxLength: 100 } as const;

/** Schemas of the conditions by which console requests select events. */
export const EVENT_CONDITIONS = {
  outcome: { type: 'string', enum: OUTCOMES },
  zap: UUID,
  action: { type: 'array', items: ACTION, minItems: 1, maxItems: MAX_FILTERED_ACTIONS },
  from: WHOLE_NUMBER,
  to: WHOLE_NUMBER,
} as const;
