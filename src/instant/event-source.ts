/**
 * The source of the webhooks for the Zaps of this app. TutorCruncher has no API for subscribing a URL. Without a relay,
 * the owner of each Zap pastes the Zap's URL into TutorCruncher (a "static hook"). An app that is built for a relay
 * subscribes each Zap to the relay, and the relay's URL is pasted once for all Zaps.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { registerAtRelay, relayHook, type Hook, type HookedTrigger } from '../hooks/relay-hook.ts';
import { RELAY_URL } from '../hooks/relay-url.ts';

/** The set-up steps after connecting the account. Zapier shows the URL to paste beside these steps. */
const DIRECTIONS = [
  '1. Copy the webhook URL shown here.',
  '2. In TutorCruncher, open **Settings > API** and the integration whose private key you connected. Each Zap needs ' +
    'its own: if the integration contains the URL of another Zap, click **Add Integration** instead, and connect a new ' +
    'account here with the new private key.',
  '3. Paste the URL into **Webhook base URL** of that integration, and save.',
  '4. Test the trigger here and build the rest of the Zap.',
  '5. Turn the Zap on. It runs for events that happen from then on.',
].join('\n');

/** The hook for webhooks that TutorCruncher sends directly to the URL of each Zap. */
const PASTED_URL_HOOK: Hook = {
  display: { directions: DIRECTIONS },
  operation: {},
  inputFields: [],
  open: (_z, { rawRequest }) => {
    const { content, headers } = rawRequest ?? {};
    return Promise.resolve({
      content: typeof content === 'string' ? content : '',
      headers: headers ?? {},
      previous: null,
      burst: [],
    });
  },
  receivedEvents: () => Promise.resolve([]),
};

/** True if the events come from a relay, which sends the previous event about the same subject with each event. */
export const IS_RELAYED = RELAY_URL !== null;

/** Returns the hook of a trigger. */
export const hookOf = (trigger: HookedTrigger): Hook =>
  RELAY_URL === null ? PASTED_URL_HOOK : relayHook(RELAY_URL, trigger);

/**
 * Registers a new connection with the relay, which stores the connection's events from then on. Ignores failures,
 * because turning on a Zap registers the connection again and reports a failure.
 */
export const registerConnection = (z: ZObject, bundle: Bundle): Promise<void> =>
  RELAY_URL === null ? Promise.resolve() : registerAtRelay(z, bundle, RELAY_URL);
