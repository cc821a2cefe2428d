/** Zaps that receive their events through the local relay. */

import { isJsonObject } from '../wire/json.ts';
import type { Runner } from './zapier.ts';

/** Turns a Zap on at the relay, whose deliveries then go to the stand-in for Zapier. */
export const turnOn = async (zapier: Runner, zapOrigin: string, triggerKey: string): Promise<void> => {
  await zapier.call(`triggers.${triggerKey}.operation.performSubscribe`, {
    targetUrl: `${zapOrigin}/hooks/${triggerKey}`,
  });
};

/** Reads the webhook URL from the text that Zapier's editor shows above the input fields. */
export async function webhookUrlOf(zapier: Runner, triggerKey: string): Promise<string> {
  const fields = await zapier.call(`triggers.${triggerKey}.operation.inputFields`);
  const first: unknown = Array.isArray(fields) ? fields[0] : undefined;
  const helpText = isJsonObject(first) ? String(first.helpText) : '';
  const [, url] = /`(http[^`]+)`/.exec(helpText) ?? [];
  if (url === undefined) throw new Error('the editor shows no webhook URL.');
  return url;
}
