/**
 * Webhooks that TutorCruncher sends directly to the URL of each Zap. The Zap's owner pastes the URL into TutorCruncher
 * (a "static hook").
 */

import type { Hook } from './hook.ts';

/** The set-up steps that remain after the account has been connected, when Zapier shows the URL. */
const DIRECTIONS = [
  '1. Copy the webhook URL shown here.',
  '2. In TutorCruncher, open **Settings > API** and the integration whose private key you connected. Each Zap needs ' +
    'its own: if the integration contains the URL of another Zap, click **Add Integration** instead, and connect a new ' +
    'account here with the new private key.',
  '3. Paste the URL into **Webhook base URL** of that integration, and save.',
  '4. Test the trigger here and build the rest of the Zap.',
  '5. Turn the Zap on. It runs for events that happen from then on.',
].join('\n');

export const pastedUrlHook: Hook = {
  display: { directions: DIRECTIONS },
  operation: {},
  inputFields: [],
  deliveryIn: (_z, { rawRequest }) => {
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
