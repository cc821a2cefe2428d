/** The states of a relay that alerts must detect. Each function causes one state. */

import pg from 'pg';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { randomText } from '../harness/random-text.ts';
import { bodyOf, ORIGIN } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';

const WAITING_EVENTS = 10;
/** Number of webhooks. It exceeds ten, the threshold of the alert. */
const UNKNOWN_WEBHOOKS = 15;
const LARGE_BODY_BYTES = 100_000;
const MAX_LARGE_BODIES = 500;
/** A channel is released when its next attempt is more than 2 s away. Its lease is checked every second. */
const RELEASE_MS = 30_000;

let connections = 0;
/** Returns the token of a connection that no other state uses. */
const newToken = (): string => deriveToken(`a-private-key-of-nobody-with-number-${++connections}`, ORIGIN);

const hookPath = (token: string): string => `${HOOKS_PATH}/${deriveChannel(token)}`;

async function expectSuccess(response: Promise<Response>): Promise<void> {
  const { status } = await response;
  if (status >= 300) throw new Error(`The relay responded with ${status}.`);
}

/**
 * Sends ten events to a Zap.
 *
 * @param url - the relay's origin
 * @returns the Zap's channel
 */
export async function sendTo(url: string, targetUrl: string): Promise<string> {
  const token = newToken();
  await expectSuccess(callApi(url, 'PUT', CHANNEL_PATH, undefined, token));
  const subscription = { target_url: targetUrl, actions: ['A'] };
  await expectSuccess(callApi(url, 'POST', SUBSCRIPTIONS_PATH, subscription, token));
  for (let count = 0; count < WAITING_EVENTS; count++) {
    await expectSuccess(postWebhook(url, bodyOf('A'), hookPath(token)));
  }
  return deriveChannel(token);
}

/** Sends webhooks to a channel that is not registered. Returns the channel. */
export async function sendToUnknownChannel(url: string): Promise<string> {
  const token = newToken();
  for (let count = 0; count < UNKNOWN_WEBHOOKS; count++) {
    await expectSuccess(postWebhook(url, bodyOf('A'), hookPath(token)));
  }
  return deriveChannel(token);
}

/**
 * Sends large events until the relay refuses one.
 *
 * @throws {Error} if the relay refuses none
 */
export async function fillDisk(url: string): Promise<void> {
  const token = newToken();
  await expectSuccess(callApi(url, 'PUT', CHANNEL_PATH, undefined, token));
  for (let count = 0; count < MAX_LARGE_BODIES; count++) {
    const padding = `{"padding": "${randomText(LARGE_BODY_BYTES)}", `;
    const body = Buffer.from(bodyOf('A').toString().replace('{', padding));
    if ((await postWebhook(url, body, hookPath(token))).status === 503) return;
  }
  throw new Error(`The relay refused none of ${MAX_LARGE_BODIES} large events.`);
}

/**
 * Waits until no process serves a channel with a scheduled retry, and then prevents every process from leasing it.
 *
 * @returns a function that allows leases on the channel again
 */
export async function preventLease(databaseUrl: string, channel: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const lock = async (): Promise<boolean> => {
    await client.query('BEGIN');
    const { rowCount } = await client.query(
      'SELECT 1 FROM channels WHERE channel = $1 AND lease_id IS NULL AND due_at IS NOT NULL FOR UPDATE',
      [channel],
    );
    if (rowCount === 1) return true;
    await client.query('ROLLBACK');
    return false;
  };
  await until(lock, RELEASE_MS);
  return () => client.end();
}
