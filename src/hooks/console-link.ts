/**
 * Links to the console, the page that shows what happened to each event. A link gives access to all events that are
 * stored when the link is created, and to later events that are sealed under the same data keys. A channel gets a new
 * data key every day (UTC). The connector stores these data keys at the relay, wrapped with a key that can only be
 * derived from the link.
 */

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_PATH } from '../../wire/console-api.ts';
import { MAX_VERDICTS, type Verdict, type WrappedDataKey } from '../../wire/link-api.ts';
import { createLinkSecret, deriveLink, linkFragment, wrapLinkKey } from '../../wire/console-link.ts';
import { isJsonObject } from '../../wire/json.ts';
import { refusalOf } from '../../wire/signature.ts';
import type { RelayClient } from './relay-client.ts';
import { openerFor } from './sealed-deliveries.ts';

type DataKey = Readonly<{ keyId: string; dataKey: Uint8Array }>;

/** The contents of a link, except its secret. */
export interface LinkContents {
  /** The results of checking the signatures of the newest events that the connection can open, newest first. */
  readonly verdicts: readonly Verdict[];
  /** The data keys of the stored deliveries; null if the relay did not return them. */
  readonly dataKeys: readonly DataKey[] | null;
}

/**
 * Checks the signatures of the newest events, and returns the results, newest first. The request has a short timeout.
 */
export async function newestVerdicts(client: RelayClient, privateKey: string): Promise<Verdict[]> {
  const deliveries = await client.latestDeliveries(MAX_VERDICTS, { alone: 'true' });
  return deliveries.map(({ metadata, content, headers }) => ({
    delivery_id: metadata.id,
    received_at: metadata.receivedAt,
    is_valid: refusalOf(content, headers, privateKey) === null,
  }));
}

/**
 * Returns the unwrapped data keys of the stored deliveries. Skips data keys that only another private key can unwrap.
 */
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

/** Fetches the contents of a link from the relay. Never throws. */
export async function fetchLinkContents(client: RelayClient, privateKey: string): Promise<LinkContents> {
  const [verdicts, dataKeys] = await Promise.all([
    newestVerdicts(client, privateKey).catch(() => []),
    dataKeysOf(client, privateKey).catch(() => null),
  ]);
  return { verdicts, dataKeys };
}

/**
 * Creates a link that is valid for 24 hours and contains its secret in the fragment of the URL.
 *
 * @param currency - the branch's currency (ISO 4217); default: unknown
 * @returns null if the data keys are unknown, or if the relay does not accept the link
 */
export async function createConsoleLink(
  client: RelayClient,
  { verdicts, dataKeys }: LinkContents,
  currency: string | null = null,
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
    const [verdict = null] = verdicts;
    await client.addLink({ access_token_hash: hashOfAccessToken(accessToken), keys, verdict, verdicts });
  } catch {
    return null;
  }
  return `${origin}${CONSOLE_PATH}#${linkFragment({ secret, currency })}`;
}
