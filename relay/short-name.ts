/** Names of channels, targets and Zaps in logs, metrics and tables. The names contain nothing that grants access. */

import { createHash } from 'node:crypto';

import type { ZapDescription } from '../wire/console-api.ts';

const LENGTH = 8;

/** Returns the short name of a channel: its first 8 characters, with which nobody can send webhooks to it. */
export const shortNameOf = (channel: string): string => channel.slice(0, LENGTH);

/**
 * Returns the short name of a target URL: its host and a hash, because anyone who knows the path can send to the Zap.
 */
export function targetNameOf(targetUrl: string): string {
  const host = URL.canParse(targetUrl) ? new URL(targetUrl).host : 'invalid URL';
  return `${host} #${createHash('sha256').update(targetUrl).digest('hex').slice(0, LENGTH)}`;
}

/** Returns the trigger of a Zap, and the Zap's id in the address of its editor. An unknown value is null. */
export const zapNamesOf = (description: ZapDescription | null) => ({
  trigger: description?.trigger ?? null,
  zap: description?.zap_id ?? null,
});
