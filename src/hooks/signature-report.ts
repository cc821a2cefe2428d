import type { Bundle, ZObject } from 'zapier-platform-core';

import { cacheKey } from '../api/cache.ts';
import { inTime } from '../api/in-time.ts';
import { privateKeyOf } from '../api/private-key.ts';
import { newestVerdicts } from './console-link.ts';
import { RelayClient } from './relay-client.ts';

/**
 * Minimum number of seconds between two reports about a connection. Limits the number of reports that forged webhooks
 * can cause.
 */
const INTERVAL_SECONDS = 600;

async function send(z: ZObject, bundle: Bundle, origin: string): Promise<void> {
  // The last argument makes Zapier's cache write the entry only if the entry does not exist. If the cache fails, no
  // report is sent.
  const isFirst: unknown = await z.cache.set(
    cacheKey(bundle, 'signature_report'),
    1,
    INTERVAL_SECONDS,
    undefined,
    true,
  );
  if (isFirst !== true) return;
  const client = new RelayClient(z, bundle, origin);
  const verdicts = await newestVerdicts(client, privateKeyOf(bundle));
  if (verdicts.some(({ is_valid }) => !is_valid)) await client.reportSignatures({ verdicts });
}

/**
 * Reports to the relay that a Zap has refused a webhook because of its signature. The relay cannot check signatures
 * itself. Takes at most two seconds, and never throws.
 */
export async function reportSignatures(z: ZObject, bundle: Bundle, origin: string): Promise<void> {
  await inTime(() => send(z, bundle, origin));
}
