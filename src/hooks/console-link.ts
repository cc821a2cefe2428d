/**
 * Links to the console, the page that shows what happened to each event. A link gives access to the events that the
 * relay stores when the link is created: the connector leaves their data keys with the relay, wrapped under a key that
 * can only be derived from the link.
 */

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_PATH } from '../../wire/console-api.ts';
import type { Verdict, WrappedDataKey } from '../../wire/link-api.ts';
import { createLinkSecret, deriveLink, wrapLinkKey } from '../../wire/console-link.ts';
import { isJsonObject } from '../../wire/json.ts';
import { refusalOf } from '../../wire/signature.ts';
import type { RelayClient } from './relay-client.ts';
import { openerFor } from './sealed-deliveries.ts';

/** An unwrapped data key. */
interface DataKey {
  /** UUID of the data key. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
}

/** The contents of a link, except its secret. */
export interface LinkContents {
  /** The verdict on the signature of the newest event; null if the connection cannot open any event. */
  readonly verdict: Verdict | null;
  /** The data keys of the stored deliveries; null if the relay did not return them. */
  readonly dataKeys: readonly DataKey[] | null;
}

async function newestVerdict(client: RelayClient, privateKey: string): Promise<Verdict | null> {
  const [newest] = await client.latestDeliveries(null, 1);
  if (!newest) return null;
  const { id, receivedAt } = newest.metadata;
  const isValid = refusalOf(newest.content, newest.headers, privateKey) === null;
  return { delivery_id: id, received_at: receivedAt, is_valid: isValid };
}

/** Returns the data keys of the stored deliveries. Skips data keys that are wrapped for another key. */
async function dataKeysOf(client: RelayClient, privateKey: string): Promise<DataKey[]> {
  const opener = openerFor(privateKey, client.origin);
  const unwrap = async (entry: unknown): Promise<DataKey> => {
    const { key_id, wrapped_key } = isJsonObject(entry) ? entry : {};
    const keyId = String(key_id);
    return { keyId, dataKey: await opener.unwrapDataKey(keyId, String(wrapped_key)) };
  };
  const outcomes = await Promise.allSettled((await client.wrappedDataKeys()).map(unwrap));
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/**
 * Fetches the contents of a link from the relay. Never throws.
 *
 * @param privateKey - the connection's private API key
 */
export async function fetchLinkContents(client: RelayClient, privateKey: string): Promise<LinkContents> {
  const orNull = () => null;
  const [verdict, dataKeys] = await Promise.all([
    newestVerdict(client, privateKey).catch(orNull),
    dataKeysOf(client, privateKey).catch(orNull),
  ]);
  return { verdict, dataKeys };
}

/**
 * Creates a link that is valid for 24 hours. The relay keeps a limited number of links and deletes the oldest. Never
 * throws.
 *
 * @returns the link, with its secret in the fragment; null if the relay did not respond in time or rejected the link
 */
export async function createConsoleLink(
  client: RelayClient,
  { verdict, dataKeys }: LinkContents,
): Promise<string | null> {
  if (!dataKeys) return null;
  const { channel, origin } = client;
  const secret = createLinkSecret();
  const { accessToken, wrappingKey } = await deriveLink(secret);
  const wrap = async ({ keyId, dataKey }: DataKey): Promise<WrappedDataKey> => {
    return { key_id: keyId, wrapped_key: await wrapLinkKey(wrappingKey, dataKey, { channel, keyId }) };
  };
  const keys = await Promise.all(dataKeys.map(wrap));
  try {
    await client.addLink({ access_token_hash: hashOfAccessToken(accessToken), keys, verdict });
  } catch {
    return null;
  }
  return `${origin}${CONSOLE_PATH}#${secret}`;
}
