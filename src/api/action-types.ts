import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject } from '../../wire/json.ts';
import { cached } from './cache.ts';
import { get, unexpectedResponse } from './client.ts';

/** An action for which TutorCruncher sends webhooks. */
export interface ActionType {
  readonly key: string;
  readonly verb: string;
  /** The product names of the possible models of the event's subject. */
  readonly subjects: readonly string[];
}

/**
 * Fetches the actions for which TutorCruncher sends webhooks. These are the actions with a subject (docs of `GET
 * /api/action-types/`). The result is cached.
 */
export function fetchActionTypes(z: ZObject, bundle: Bundle): Promise<ActionType[]> {
  return cached(z, bundle, 'action_types', async () => {
    const data = await get(z, bundle, 'action-types/');
    if (!Array.isArray(data)) throw unexpectedResponse(z, 'list');
    return data
      .filter(isJsonObject)
      .flatMap(({ key, msg, subject_types: subjects }) =>
        typeof key === 'string' && Array.isArray(subjects) && subjects.length > 0
          ? [{ key, verb: typeof msg === 'string' ? msg : key, subjects: subjects.map(String) }]
          : [],
      );
  });
}
