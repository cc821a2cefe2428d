import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { MAX_LINKS } from '../../wire/link-api.ts';
import { selectsNotices } from '../../wire/notice.ts';
import { onOneLine } from '../record/joined-texts.ts';
import { CONNECTION_REFUSED } from './relay-advice.ts';
import { areWaiting, describeDuration, describeZaps, timeOf } from './zap-status.ts';

const FOREIGN_SIGNATURE =
  'The newest webhook was signed with another private key. Paste the URL into no other integration.';

const OLD_KEY = 'A Zap with this trigger still uses an old private key. Turn it off and on.';

const OFF_AND_ON = 'Turning a Zap off and on loses nothing: the console can send it the events that were waiting.';

const HINT = 'To be told when events do not arrive, turn on a Zap with the trigger **Delivery Problem**.';

function describeLastWebhook(state: JsonObject, now: number): string {
  const time = timeOf(state.last_event_at);
  if (!Number.isNaN(timeOf(state.silent_at))) {
    return (
      `no webhook for ${describeDuration(now - time)}, which is longer than usual. TutorCruncher may have switched the ` +
      'integration off: open **Settings > API** and check'
    );
  }
  return Number.isNaN(time) ? 'no webhook received yet' : `last webhook received ${describeDuration(now - time)} ago`;
}

/**
 * Describes the use of the old webhook URL. Returns an empty array unless the newest webhook arrived at the old URL.
 */
function describeOldUrl({ last_event_at, old_webhook_url: old }: JsonObject, now: number): string[] {
  if (!isJsonObject(old) || timeOf(old.last_event_at) !== timeOf(last_event_at)) return [];
  const remaining = timeOf(old.works_until) - now;
  const end = remaining > 0 ? `stops working in ${describeDuration(remaining)}` : 'no longer works';
  return [`TutorCruncher still uses the old URL, which ${end}. Paste the URL above.`];
}

const hasNoticeZap = ({ subscriptions }: JsonObject): boolean =>
  Array.isArray(subscriptions) && subscriptions.filter(isJsonObject).some(selectsNotices);

/**
 * Maximum length of a help text that Zapier accepts, in characters (PlainInputFieldSchema of zapier-platform-schema).
 */
const MAX_LENGTH = 1000;

const NO_LINK =
  'The link to the page that shows what happened to each event could not be created. To try again, click **Refresh fields**.';

/** Maximum length of a branch's name in the text, in characters. A longer name is truncated. */
const MAX_NAME = 40;

/** Returns the name of a branch without the characters that Markdown would interpret; null if the name is unknown. */
function shownName(branchName: string | null): string | null {
  const name = onOneLine((branchName ?? '').replace(/[*_`[\]<>\\]/g, ' '));
  if (name === '') return null;
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME).toWellFormed()}…` : name;
}

const instructions = (webhookUrl: string, branch: string | null): string =>
  `Copy this URL:\n\n\`${webhookUrl}\`\n\nIn TutorCruncher, open **Settings > API**${branch === null ? '' : ` in ${branch}`} and ` +
  'the integration whose private key this connection uses. Paste the URL into **Webhook base URL**, and save, once for ' +
  'all Zaps of this connection. Then test the trigger, and turn the Zap on.';

/**
 * Returns the help text for a channel that is not registered. The text contains the channel's name, because the relay's
 * operator might need the name to allow the connection.
 */
export const unregisteredText = (channel: string): string =>
  `${CONNECTION_REFUSED} The operator may need the name of its channel:\n\n\`${channel}\`\n\nThen click **Refresh ` +
  'fields**, and the webhook URL appears here.';

/** The help text that is shown if the relay does not respond, or responds with an error. */
export const UNAVAILABLE_TEXT =
  'The webhook URL cannot be shown, because the relay between TutorCruncher and Zapier does not respond. To try again, ' +
  'click **Refresh fields**.';

/** The contents of the help text of the field that shows the webhook URL. */
export interface HelpTextContents {
  readonly webhookUrl: string;
  /** The name of the connection's branch; null if the name is unknown. */
  readonly branchName: string | null;
  /** The state of the channel in the relay's response. */
  readonly state: JsonObject;
  /** True if the newest webhook was signed with another private key. */
  readonly hasForeignSignature: boolean;
  /** True if a Zap with the trigger has received an event that is sealed for another private key. */
  readonly hasOldKey: boolean;
  /** The filter that selects the trigger's actions. */
  readonly filter: ActionFilter;
  /** A link to the console; null if no link could be created. */
  readonly link: string | null;
}

/**
 * Returns the help text. If the text would be too long, omits the hints, then the hints and the description of the
 * Zaps, then the hints and the link, and finally all three. The console also describes the Zaps.
 */
export function helpText(
  { webhookUrl, branchName, state, hasForeignSignature, hasOldKey, filter, link }: HelpTextContents,
  now = Date.now(),
): string {
  const paragraphs = [
    instructions(webhookUrl, shownName(branchName)),
    `Status: ${describeLastWebhook(state, now)}.`,
    ...describeOldUrl(state, now),
    ...(hasForeignSignature ? [FOREIGN_SIGNATURE] : []),
    ...(hasOldKey ? [OLD_KEY] : []),
  ];
  const zaps = describeZaps(state, filter, hasForeignSignature, now);
  const hints = [
    ...(areWaiting(state, filter) ? [OFF_AND_ON] : []),
    ...(selectsNotices(filter) || hasNoticeZap(state) ? [] : [HINT]),
  ];
  const console =
    link === null
      ? NO_LINK
      : `[See what happened to each event](${link}). The link works for 24 hours, for everyone who has it. Only the ${MAX_LINKS} newest links work.`;
  const texts = [
    [...paragraphs, zaps, ...(hints.length === 0 ? [] : [hints.join(' ')]), console],
    [...paragraphs, zaps, console],
    [...paragraphs, console],
    [...paragraphs, zaps],
  ].map((text) => text.join('\n\n'));
  return texts.find(({ length }) => length <= MAX_LENGTH) ?? paragraphs.join('\n\n');
}
