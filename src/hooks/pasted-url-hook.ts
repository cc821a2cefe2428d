/** Webhooks that TutorCruncher sends straight to the URL of each Zap, which its owner pastes ("static hook"). */

import type { Hook } from './hook.ts';

const DIRECTIONS = [
  '1. In TutorCruncher, open **Settings > API** and click **Add Integration**. Each Zap needs its own integration.',
  '2. Copy the private key of that integration.',
  '3. Connect TutorCruncher here with that key.',
  '4. Copy the webhook URL shown here, paste it into **Webhook base URL** in the same integration, and save.',
].join('\n');

export const pastedUrlHook: Hook = {
  display: { directions: DIRECTIONS },
  operation: {},
  inputFields: [],
  receivedEvents: () => Promise.resolve([]),
};
