/** Names of channels, targets and Zaps in logs, metrics and tables. The names contain nothing that grants access. */

import { createHash } from 'node:crypto';

import type { ZapDescription } from '../wire/console-api.ts';

const LENGTH = 8;

/**
 * Returns the short name of a channel: its first 8 characters, which are not enough to send webhooks to the channel.
 */
export const shortNameOf = (channel: string): string => channel.slice(0, LENGTH);

/**
 * Returns the short name of a target URL: its host and a hash. The hash replaces the path, because anyone who knows the
 * path can send to the Zap.
 */
export function targetNameOf(targetUrl: string): string {
  const host = URL.canParse(targetUrl) ? new URL(targetUrl).host : 'invalid URL';
  return `${host} #${createHash('sha256').update(targetUrl).digest('hex').slice(0, LENGTH)}`;
}

/** Returns the trigger of a Zap, and the id of the Zap in the URL of its editor; null for an unknown value. */
export const zapNamesOf = (description: ZapDescription | null) => ({
  trigger: description?.trigger ?? null,
  zap: description?.zap_id ?? null,
});
