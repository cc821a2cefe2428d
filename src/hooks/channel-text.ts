import { MAX_LINKS } from '../../wire/link-api.ts';
import type { ChannelStatus } from './channel-status.ts';
import { CONNECTION_REFUSED } from './relay-client.ts';

/** The longest help text that Zapier accepts (PlainInputFieldSchema of zapier-platform-schema). */
const MAX_LENGTH = 1000;

const NO_LINK =
  'The link to the page that shows what happened to each event could not be created. To try again, click **Refresh fields**.';

const instructions = (webhookUrl: string): string =>
  `Copy this URL:\n\n\`${webhookUrl}\`\n\nIn TutorCruncher, open **Settings > API** and the integration whose private ` +
  'key this connection uses. Paste the URL into **Webhook base URL**, and save, once for all Zaps of this ' +
  'connection. Then test the trigger, and turn the Zap on.';

/** Returns the help text for a channel that is not registered. The relay's operator may need its name. */
export const unregisteredText = (channel: string): string =>
  `${CONNECTION_REFUSED} The operator may need the name of its channel:\n\n\`${channel}\`\n\nThen click **Refresh ` +
  'fields**, and the webhook URL appears here.';

/** The help text while the relay does not respond. */
export const UNAVAILABLE_TEXT =
  'The webhook URL cannot be shown, because the relay between TutorCruncher and Zapier does not respond. To try again, ' +
  'click **Refresh fields**.';

/**
 * Returns the help text of a registered channel. If it is too long, omits the hint first, then the Zaps, because the
 * console shows them as well, and then the link.
 * @param link - a link to the console; null if it could not be created
 */
export function channelText(webhookUrl: string, { channel, zaps, hint }: ChannelStatus, link: string | null): string {
  const console =
    link === null
      ? NO_LINK
      : `[See what happened to each event](${link}). The link works for 24 hours, for everyone who has it. Only the ${MAX_LINKS} newest links work.`;
  const paragraphs = [instructions(webhookUrl), ...channel];
  const texts = [
    [...paragraphs, ...zaps, ...hint, console],
    [...paragraphs, ...zaps, console],
    [...paragraphs, console],
    [...paragraphs, ...zaps],
  ].map((text) => text.join('\n\n'));
  return texts.find(({ length }) => length <= MAX_LENGTH) ?? paragraphs.join('\n\n');
}
