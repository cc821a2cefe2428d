/** Names of channels, targets and Zaps in logs, metrics and tables. They contain nothing that grants access. */

import { createHash } from 'node:crypto';

import type { ZapDescription } from '../wire/console-api.ts';

const LENGTH = 8;

/**
 * Returns the short name of a channel: the first 8 characters of the part of the webhook URL after `/hooks/`. It
 * identifies a channel, but cannot be used to send webhooks to it.
 */
export const shortNameOf = (channel: string): string => channel.slice(0, LENGTH);

/**
 * Returns the short name of a target URL: its host and a hash of the whole URL. The path of a Zap's URL is a secret,
 * because anyone who knows it can send requests to the Zap.
 */
export function targetNameOf(targetUrl: string): string {
  const host = URL.canParse(targetUrl) ? new URL(targetUrl).host : 'invalid URL';
  return `${host} #${createHash('sha256').update(targetUrl).digest('hex').slice(0, LENGTH)}`;
}

/** Names by which an operator and the owner of a Zap recognize the Zap. */
export interface ZapNames {
  /** Label of the trigger; null if the Zap's connector sent no description. */
  readonly trigger: string | null;
  /** The Zap's id at Zapier, as in the address of its editor; null if it is unknown. */
  readonly zap: string | null;
}

/** Returns the names of a Zap. */
export const zapNamesOf = (description: ZapDescription | null): ZapNames => ({
  trigger: description?.trigger ?? null,
  zap: description?.zap_id ?? null,
});
