/** Requests that a connector and TutorCruncher send to a running relay. */

import {
  CHANNEL_PATH,
  HOOKS_PATH,
  REGISTRATION_SECRET_HEADER,
  type ChannelRequest,
  type ChannelResponse,
} from '../../wire/relay-api.ts';
import { sealKeyText } from '../../wire/sealing/seal-key.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { CHANNEL, KEY, REGISTRATION_SECRET, SEAL_KEY, TOKEN } from './sample-delivery.ts';

/** The body of `PUT /channel`, with the sample seal key. */
export const REGISTRATION: ChannelRequest = { seal_key: sealKeyText(SEAL_KEY) };

/**
 * Webhook URLs of channels, by relay and channel. The channel alone is also a key, for other processes of the relay.
 */
const issuedUrls = new Map<string, string>();

/**
 * Returns the path of the webhook URL that a relay has issued to this process. Without such a URL, returns a path that
 * no relay accepts.
 */
export function hookPath(url: string, channel = CHANNEL): string {
  const issued = issuedUrls.get(`${url} ${channel}`) ?? issuedUrls.get(channel);
  return issued === undefined ? `${HOOKS_PATH}/${channel}/${'0'.repeat(32)}` : new URL(issued).pathname;
}

/**
 * Calls the API of a relay. `PUT /channel` sends {@link REGISTRATION} and the registration secret by default.
 *
 * @param body - an object that is sent as JSON, or text that is sent unchanged
 * @param token - null to send no token
 * @param secret - null to send no secret
 */
export async function callApi(
  url: string,
  method: string,
  path: string,
  body: object | string | undefined = method === 'PUT' && path === CHANNEL_PATH ? REGISTRATION : undefined,
  token: string | null = TOKEN,
  secret: string | null = REGISTRATION_SECRET,
): Promise<Response> {
  const isRegistration = method === 'PUT' && path === CHANNEL_PATH;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(isRegistration && secret !== null && { [REGISTRATION_SECRET_HEADER]: secret }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (isRegistration && response.ok) {
    const { channel, webhook_url } = (await response.clone().json()) as ChannelResponse;
    for (const key of [`${url} ${channel}`, channel]) issuedUrls.set(key, webhook_url);
  }
  return response;
}

/**
 * Calls the API of a relay, as {@link callApi} does. Returns the body of the response.
 *
 * @throws {Error} if the request fails
 */
export async function callSuccessfully<T>(url: string, method: string, path: string, body?: object, token?: string) {
  const response = await callApi(url, method, path, body, token);
  if (!response.ok)
    throw new Error(`${method} ${path} received the response ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Sends a signed webhook to a relay, by default to the webhook URL that the relay has issued. */
export const postWebhook = (
  url: string,
  body: Buffer,
  path = hookPath(url),
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: sign(body, KEY), ...headers },
    body,
  });
