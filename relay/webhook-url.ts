/**
 * Webhook URLs: `<origin>/hooks/<channel>/<random part>`. The channel alone is not enough to send webhooks, so a URL
 * that has become known to others can be replaced.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';

import { HOOKS_PATH } from '../wire/relay-api.ts';

/** The random parts of a channel's webhook URLs: the current part and the replaced part, if any. */
export interface UrlParts {
  readonly urlPart: string;
  readonly oldUrlPart: string | null;
  /** Time until which webhooks are accepted at the old URL. */
  readonly oldUrlUntil: number | null;
}

/** Returns the random part of a new URL: 128 bits as hexadecimal digits, all of which a double-click selects. */
export const newUrlPart = (): string => randomBytes(16).toString('hex');

/** Returns true for text in the format of a random part. */
export const isUrlPart = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** Returns the current webhook URL of a channel. */
export const webhookUrlOf = (origin: string, channel: string, { urlPart }: Pick<UrlParts, 'urlPart'>): string =>
  `${origin}${HOOKS_PATH}/${channel}/${urlPart}`;

/** Returns the channel in a webhook URL, or in the part of a URL after `/hooks/`; any other text unchanged. */
export const channelIn = (text: string): string => text.replace(/^.*\/hooks\//, '').replace(/[/?].*$/, '');

/**
 * Returns whether a random part belongs to the current or the old URL of a channel; null if it belongs to neither.
 * @param part - text in the format of a random part
 */
export function urlWith(
  part: string,
  { urlPart, oldUrlPart, oldUrlUntil }: UrlParts,
  now: number,
): 'current' | 'old' | null {
  // Compared in constant time, to resist timing attacks.
  const isSame = (other: string) => timingSafeEqual(Buffer.from(part), Buffer.from(other));
  if (isSame(urlPart)) return 'current';
  return oldUrlPart !== null && now < (oldUrlUntil ?? 0) && isSame(oldUrlPart) ? 'old' : null;
}
