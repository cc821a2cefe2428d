/** Requests that a connector and TutorCruncher send to a running relay. */

import { CHANNEL_PATH, HOOKS_PATH, REGISTRATION_SECRET_HEADER, type ChannelRequest } from '../../wire/relay-api.ts';
import { sealKeyText } from '../../wire/sealing/seal-key.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { CHANNEL, KEY, REGISTRATION_SECRET, SEAL_KEY, TOKEN } from './sample-delivery.ts';

/** The body of `PUT /channel`, with the sample seal key. */
export const REGISTRATION: ChannelRequest = { seal_key: sealKeyText(SEAL_KEY) };

/**
 * Calls the API of a relay.
 *
 * @param url - the relay's origin
 * @param body - an object, which is sent as JSON, or text, which is sent unchanged; default: {@link REGISTRATION} for
 *   `PUT /channel`, or none
 * @param token - null sends no token
 * @param secret - the registration secret, sent only with `PUT /channel`; null sends none
 */
export const callApi = (
  url: string,
  method: string,
  path: string,
  body: object | string | undefined = method === 'PUT' && path === CHANNEL_PATH ? REGISTRATION : undefined,
  token: string | null = TOKEN,
  secret: string | null = REGISTRATION_SECRET,
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'PUT' && path === CHANNEL_PATH && secret !== null && { [REGISTRATION_SECRET_HEADER]: secret }),
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
