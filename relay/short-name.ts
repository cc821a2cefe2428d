/** Names of channels in logs, metrics and tables. */

const LENGTH = 8;

/**
 * Returns the short name of a channel: the first 8 characters of the part of the webhook URL after `/hooks/`. It tells
 * channels apart, and cannot be used to send webhooks to one.
 */
export const shortNameOf = (channel: string): string => channel.slice(0, LENGTH);
