/** Zaps that receive their events through the local relay. */

import type { FlatRecord } from '../src/record/record.ts';
import { requestFromTutorCruncher, type SignedRequest } from './signed-delivery.ts';
import type { ZapRuns } from './zap-runs.ts';
import { inputFieldsOf, triggerLabelOf, recordsOf, type App, type Runner } from './app-runner.ts';

/** The app, its Zaps, and the relay that delivers events to them. */
export interface SetUp {
  readonly app: App;
  readonly zapier: Runner;
  readonly zapOrigin: string;
  readonly privateKey: string;
  readonly runs: ZapRuns;
  readonly zapsOn: Set<string>;
  readonly webhookUrl: () => Promise<string>;
}

/**
 * Turns a Zap on at the relay, which then delivers the Zap's events to the stand-in for Zapier.
 *
 * @param name - the last segment of the path of the Zap's URL; default: the trigger's key
 */
export const turnOn = async (
  zapier: Runner,
  zapOrigin: string,
  triggerKey: string,
  name = triggerKey,
): Promise<void> => {
  await zapier.call(`triggers.${triggerKey}.operation.performSubscribe`, { targetUrl: `${zapOrigin}/hooks/${name}` });
};

/** Turns on Zaps with these triggers. */
export async function turnOnAll({ zapier, zapOrigin, zapsOn }: SetUp, ...triggerKeys: string[]): Promise<void> {
  for (const key of triggerKeys) {
    if (!zapsOn.has(key)) await turnOn(zapier, zapOrigin, key);
    zapsOn.add(key);
  }
}

/**
 * Reads a part of the text that Zapier's editor shows above the input fields.
 *
 * @throws {Error} if the text lacks this part
 */
async function copiedText(zapier: Runner, triggerKey: string, pattern: RegExp, name: string): Promise<string> {
  const [first] = await inputFieldsOf(zapier, `triggers.${triggerKey}.operation`);
  const [, text] = pattern.exec(first?.helpText ?? '') ?? [];
  if (text === undefined) throw new Error(`the editor shows no ${name}.`);
  return text;
}

/** Reads the webhook URL from Zapier's editor. @throws {Error} if the editor does not show the URL */
export const webhookUrlOf = (zapier: Runner, triggerKey: string): Promise<string> =>
  copiedText(zapier, triggerKey, /`(http[^`]+)`/, 'webhook URL');

/** Reads a new link to the console from Zapier's editor. @throws {Error} if the editor does not show a link */
export const consoleLinkOf = (zapier: Runner, triggerKey: string): Promise<string> =>
  copiedText(zapier, triggerKey, /\((http[^)]+\/console#[^)]+)\)/, 'link to the console');

/**
 * Sends a signed request to the relay over a new connection. @throws {Error} if the relay does not accept the request
 */
export async function postToRelay(webhookUrl: string, { body, headers }: SignedRequest): Promise<void> {
  // A reused connection might belong to a relay that has been stopped in the meantime.
  const response = await fetch(webhookUrl, {
    method: 'POST',
    headers: { ...headers, connection: 'close' },
    body: Buffer.from(body),
  });
  await response.arrayBuffer();
  if (response.status === 202) return;
  throw new Error(`the relay responded with ${`${response.status} ${response.statusText}`.trim()}.`);
}

/**
 * Signs a delivery as TutorCruncher does, and sends it to the relay.
 *
 * @throws {Error} if the relay does not accept the delivery
 */
export async function sendEvent({ webhookUrl, privateKey }: SetUp, delivery: object): Promise<void> {
  await postToRelay(await webhookUrl(), requestFromTutorCruncher(delivery, privateKey));
}

/** Sends deliveries as {@link sendEvent} does. Returns the record that the Zap of a trigger receives. */
export async function recordAfter(
  setUp: SetUp,
  trigger: string,
  ...deliveries: readonly object[]
): Promise<FlatRecord> {
  const outcome = await setUp.runs.runAfter(async () => {
    for (const delivery of deliveries) await sendEvent(setUp, delivery);
  }, trigger);
  const [record] = recordsOf(outcome);
  if (!record) throw new Error(`the Zap with the trigger ${triggerLabelOf(setUp.app, trigger)} did not run.`);
  return record;
}
