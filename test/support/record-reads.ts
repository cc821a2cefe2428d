/** A stand-in for `z` that gives each read of a record from TutorCruncher a chosen response. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { deliveryOf, directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { RELAY_ORIGIN, sealedEnvelope, signedContent } from './sealed-envelope.ts';

/** TutorCruncher's response to each read of a record. */
export interface ReadResponse {
  readonly status: number;
  readonly data: unknown;
}
export const found = (fields: JsonObject): ReadResponse => ({ status: 200, data: { id: 301, ...fields } });
export const MISSING: ReadResponse = { status: 404, data: { detail: 'Not found.' } };

/**
 * Returns a `z` that gives this response to each read of a record, and a list of the paths that it has read.
 *
 * @param stored - the envelopes of the events that the relay stores
 */
export function zWith(response: ReadResponse, stored: readonly string[] = []) {
  const reads: string[] = [];
  const request = ({ url }: { readonly url: string }) => {
    if (url.startsWith(RELAY_ORIGIN)) {
      const events = stored.map((envelope) => JSON.parse(envelope) as unknown);
      return Promise.resolve({ status: 200, data: { events } });
    }
    if (url.endsWith('/branch/')) return Promise.reject(new Error('The branch is not available.'));
    reads.push(new URL(url).pathname);
    return response.status < 300 || response.status === 404
      ? Promise.resolve(response)
      : Promise.reject(new directZ.errors.Error('TutorCruncher is having a problem.', 'ApiError', response.status));
  };
  const cache = { get: () => Promise.resolve(null), set: () => Promise.resolve(true) };
  return { z: { ...directZ, request, cache } as unknown as ZObject, reads };
}

const at = (second: number): string => `2026-06-10T18:05:0${second}.000000Z`;

export const eventAt = (second: number, subject: JsonObject, action = 'EDITED_A_CLIENT'): TutorCruncherEvent => ({
  action,
  verb: 'Edited a Client',
  timestamp: at(second),
  branch: 3268,
  actor: null,
  extra_msg: '',
  subject: { model: 'Client', id: 301, first_name: 'Priya', ...subject },
});

export const sealed = (event: TutorCruncherEvent): Promise<string> =>
  sealedEnvelope(PRIVATE_KEY, signedContent(deliveryOf(event), PRIVATE_KEY));

export const bundleOf = (inputData: JsonObject, content = '') =>
  ({
    authData: { private_key: PRIVATE_KEY },
    inputData: { time_zone: 'UTC', ...inputData },
    meta: {},
    rawRequest: { method: 'POST', querystring: '', headers: { 'Content-Type': 'application/json' }, content },
  }) as unknown as Bundle;
