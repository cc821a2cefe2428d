/**
 * Webhook URLs: `<origin>/hooks/<channel>/<random part>`. The random part is required to send webhooks, so the operator
 * can replace a URL that has become known to others and keep the channel.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';

import { HOOKS_PATH } from '../wire/relay-api.ts';

/** The random parts of a channel's webhook URLs: the current part and the replaced part, if any. */
export interface UrlParts {
  readonly urlPart: string;
  readonly oldUrlPart: string | null;
  /** Time when the relay stops accepting webhooks at the old URL. */
  readonly oldUrlUntil: number | null;
}

/**
 * Returns the random part of a new URL: 128 bits as hexadecimal digits, so that a double-click selects the whole part.
 */
export const newUrlPart = (): string => randomBytes(16).toString('hex');

/** Returns true for text in the format of a random part. */
export const isUrlPart = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** Returns the current webhook URL of a channel. */
export const webhookUrlOf = (origin: string, channel: string, { urlPart }: Pick<UrlParts, 'urlPart'>): string =>
  `${origin}${HOOKS_PATH}/${channel}/${urlPart}`;

/** Extracts the channel from a webhook URL, or from a URL's part after `/hooks/`. Returns other text unchanged. */
export const channelIn = (text: string): string => text.replace(/^.*\/hooks\//, '').replace(/[/?].*$/, '');

/**
 * Returns whether a random part belongs to the current or the old URL of a channel; null if it belongs to neither.
 *
 * @param part - text in the format of a random part
 */
export function urlWith(
  part: string,
  { urlPart, oldUrlPart, oldUrlUntil }: UrlParts,
  now: number,
): 'current' | 'old' | null {
  // The comparison takes constant time, to resist timing attacks.
  const isSame = (other: string) => timingSafeEqual(Buffer.from(part), Buffer.from(other));
  if (isSame(urlPart)) return 'current';
  return oldUrlPart !== null && now < (oldUrlUntil ?? 0) && isSame(oldUrlPart) ? 'old' : null;
}
