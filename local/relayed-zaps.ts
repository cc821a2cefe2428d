/** Zaps that receive their events through the local relay. */

import { isJsonObject } from '../wire/json.ts';
import type { TutorCruncher } from './api/tutorcruncher.ts';
import { requestFromTutorCruncher, type SignedRequest } from './tutorcruncher.ts';
import type { ZapRuns } from './zap-runs.ts';
import type { App, Runner } from './zapier.ts';

/** The local set-up: the app, its Zaps, the relay, and the stand-in for TutorCruncher. */
export interface SetUp {
  readonly app: App;
  readonly zapier: Runner;
  /** Origin of the stand-in for Zapier. */
  readonly zapOrigin: string;
  readonly relayOrigin: string;
  /** The folder of the relay's store. */
  readonly relayFolder: string;
  readonly privateKey: string;
  readonly runs: ZapRuns;
  /** Keys of the triggers of the Zaps that are on. */
  readonly zapsOn: Set<string>;
  /** Returns the URL to which TutorCruncher sends webhooks. */
  readonly webhookUrl: () => Promise<string>;
  /** The deliveries that {@link sendEvent} has sent. */
  readonly sent: object[];
  /** True to print all fields of records, not just the main ones. */
  readonly showsAll: boolean;
  /** The stand-in for TutorCruncher; null if the app uses a real account, which is never changed. */
  readonly tutorCruncher: TutorCruncher | null;
}

/** Returns the status of a response with its text. */
export const statusOf = ({ status, statusText }: Response): string => `${status} ${statusText}`.trim();

/**
 * Turns a Zap on at the relay, whose deliveries then go to the stand-in for Zapier.
 *
 * @param name - the last part of the Zap's URL; default: the key of its trigger
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
export async function turnOnAll(
  { zapier, zapOrigin, zapsOn }: Pick<SetUp, 'zapier' | 'zapOrigin' | 'zapsOn'>,
  ...triggerKeys: readonly string[]
): Promise<void> {
  for (const key of triggerKeys) {
    if (!zapsOn.has(key)) await turnOn(zapier, zapOrigin, key);
    zapsOn.add(key);
  }
}

/**
 * Reads a part of the text that Zapier's editor shows above the input fields.
 *
 * @returns undefined if the text does not contain it
 */
async function copiedText(zapier: Runner, triggerKey: string, pattern: RegExp): Promise<string | undefined> {
  const fields = await zapier.call(`triggers.${triggerKey}.operation.inputFields`);
  const first: unknown = Array.isArray(fields) ? fields[0] : undefined;
  const helpText = isJsonObject(first) ? String(first.helpText) : '';
  return pattern.exec(helpText)?.[1];
}

/** Reads the webhook URL from Zapier's editor. @throws {Error} if the editor does not show it */
export async function webhookUrlOf(zapier: Runner, triggerKey: string): Promise<string> {
  const url = await copiedText(zapier, triggerKey, /`(http[^`]+)`/);
  if (url === undefined) throw new Error('the editor shows no webhook URL.');
  return url;
}

/** Reads a new link to the console from Zapier's editor. @throws {Error} if the editor does not show it */
export async function consoleLinkOf(zapier: Runner, triggerKey: string): Promise<string> {
  const link = await copiedText(zapier, triggerKey, /\((http[^)]+\/console#[^)]+)\)/);
  if (link === undefined) throw new Error('the editor shows no link to the console.');
  return link;
}

/** The result of sending a delivery to the relay. */
export interface Sending {
  readonly bytes: number;
  /** Status of the response with its text, such as "202 Accepted". */
  readonly status: string;
}

/** Sends a signed request to the relay over a new connection. */
export async function postToRelay(webhookUrl: string, { body, headers }: SignedRequest): Promise<Sending> {
  // A reused connection may belong to a relay that has been stopped in the meantime.
  const response = await fetch(webhookUrl, {
    method: 'POST',
    headers: { ...headers, connection: 'close' },
    body: Buffer.from(body),
  });
  await response.arrayBuffer();
  return { bytes: body.length, status: statusOf(response) };
}

/** Signs a delivery like TutorCruncher and sends it to the relay. */
export const sendToRelay = (webhookUrl: string, delivery: object, privateKey: string): Promise<Sending> =>
  postToRelay(webhookUrl, requestFromTutorCruncher(delivery, privateKey));

/** Signs a delivery like TutorCruncher, sends it to the relay, and keeps it in the list of sent deliveries. */
export async function sendEvent({ webhookUrl, privateKey, sent }: SetUp, delivery: object): Promise<Sending> {
  sent.push(delivery);
  return sendToRelay(await webhookUrl(), delivery, privateKey);
}
