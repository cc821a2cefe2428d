/** Calls of instant triggers without zapier-platform-core, which takes milliseconds to prepare the app for each run. */

import { createRequire } from 'node:module';

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { Trigger } from '../src/instant/trigger.ts';
import { webhookTriggers } from '../triggers/index.ts';
import type { SignedRequest } from './signed-delivery.ts';
import { zapierHeaders } from './zapier-headers.ts';

export const PRIVATE_KEY = 'a-private-key-of-nobody-0123456789abcdef';

/** Returns the same reference to a PDF as zapier-platform-core. */
const dehydrateFile = (_hydrator: unknown, bundle: object): string =>
  `hydrate|||${JSON.stringify({ type: 'file', method: 'hydrators.pdf', bundle })}|||hydrate`;

const errors = createRequire(import.meta.url)('zapier-platform-core/src/errors') as ZObject['errors'];

/** The `z` object of a call, which makes no requests. */
export const directZ = { errors, dehydrateFile } as unknown as ZObject;

/** Returns the bundle that Zapier makes from a request to a hook. */
export function bundleOf(request: SignedRequest, privateKey = PRIVATE_KEY): Partial<Bundle> {
  return {
    authData: { private_key: privateKey },
    // A chosen time zone makes the records the same whether or not the app can read the branch.
    inputData: { time_zone: 'UTC' },
    rawRequest: {
      method: 'POST',
      querystring: '',
      headers: zapierHeaders(request.headers),
      content: Buffer.from(request.body).toString('utf8'),
    },
    cleanedRequest: {},
  };
}

/**
 * Returns the trigger with a key.
 *
 * @throws {Error} if no trigger has the key
 */
export function triggerOf(key: string): Trigger {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === key);
  if (!trigger) throw new Error(`There is no trigger "${key}".`);
  return trigger;
}

/** Returns a delivery that contains these events. */
export const deliveryOf = (...events: unknown[]) => ({ request_time: 1781114700, events });
