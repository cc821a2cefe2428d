/** Requests to a running relay, as a connector and TutorCruncher send them. */

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { CHANNEL, KEY, TOKEN } from './sample-delivery.ts';

/**
 * Calls the API of a relay.
 *
 * @param url - the relay's origin
 * @param body - an object, sent as JSON, or text, sent as it is
 * @param token - null sends no token
 */
export const callApi = (
  url: string,
  method: string,
  path: string,
  body?: object | string,
  token: string | null = TOKEN,
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

/** Sends a signed webhook to a relay. */
export const postWebhook = (
  url: string,
  body: Buffer,
  path = `${HOOKS_PATH}/${CHANNEL}`,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: sign(body, KEY), ...headers },
    body,
  });
