/** Zaps that receive their events through the local relay. */

import type { FlatRecord } from '../src/record/record.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { selectsAction } from '../wire/action-filter.ts';
import { eventsOf } from '../wire/delivery.ts';
import { SIGNATURE_HEADER } from '../wire/signature.ts';
import type { TutorCruncher } from './api/tutorcruncher.ts';
import { inputDataFor } from './step-fields.ts';
import { requestFromTutorCruncher, type SignedRequest } from './signed-delivery.ts';
import type { ZapRuns } from './zap-runs.ts';
import {
  inputFieldsOf,
  triggerLabelOf,
  shownMessageOf,
  recordsOf,
  type App,
  type IncomingRequest,
  type Runner,
} from './app-runner.ts';

/** The local set-up: the app, its Zaps, the relay, and the stand-in for TutorCruncher. */
export interface SetUp {
  readonly app: App;
  readonly zapier: Runner;
  readonly zapOrigin: string;
  readonly privateKey: string;
  readonly runs: ZapRuns;
  readonly zapsOn: Set<string>;
  readonly webhookUrl: () => Promise<string>;
  readonly tutorCruncher: TutorCruncher;
}

/**
 * Turns a Zap on at the relay, whose deliveries then go to the stand-in for Zapier.
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
export async function turnOnAll({ zapier, zapOrigin, zapsOn }: SetUp, ...triggerKeys: string[]): Promise<void> {
  for (const key of triggerKeys) {
    if (!zapsOn.has(key)) await turnOn(zapier, zapOrigin, key);
    zapsOn.add(key);
  }
}

/** Reads a part of the text that Zapier's editor shows above the input fields. @throws {Error} if it is missing */
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

/** Sends a signed request to the relay over a new connection. @throws {Error} if the relay does not accept it */
export async function postToRelay(webhookUrl: string, { body, headers }: SignedRequest): Promise<void> {
  // A reused connection may belong to a relay that has been stopped in the meantime.
  const response = await fetch(webhookUrl, {
    method: 'POST',
    headers: { ...headers, connection: 'close' },
    body: Buffer.from(body),
  });
  await response.arrayBuffer();
  if (response.status === 202) return;
  throw new Error(`the relay responded with ${`${response.status} ${response.statusText}`.trim()}.`);
}

/** Signs a delivery like TutorCruncher, and sends it to the relay. @throws {Error} if the relay does not accept it */
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

/**
 * The result of `npm start -- send`: the number of records with which the Zap runs, or the reason why it does not run.
 * `reads` contains the paths that the trigger has read from TutorCruncher.
 */
export type SendResult = { readonly reads: readonly string[] } & (
  { readonly records: number } | { readonly refused: string } | { readonly failed: string }
);

const isSelected = (triggerKey: string, body: string): boolean =>
  webhookTriggers.some(
    ({ definition, filter }) =>
      definition.key === triggerKey && eventsOf(body).some(({ action }) => selectsAction(filter.actions, action)),
  );

/**
 * Returns the function that turns a Zap on, sends requests to the relay one at a time, and returns the Zap's results.
 * @param starting - resolves at the end of the demonstration; requests that arrive earlier wait for it
 */
export function createSender(starting: Promise<SetUp>) {
  const accepted = new Set<string>();
  let last: Promise<unknown> = starting;

  async function send(
    triggerKey: string,
    { body, headers }: IncomingRequest,
    choices: readonly string[],
  ): Promise<SendResult> {
    const setUp = await starting;
    const { app, zapier, runs } = setUp;
    const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]);
    const post = async () => {
      const signed = { 'Content-Type': String(headers['content-type']), [SIGNATURE_HEADER]: signature };
      await postToRelay(await setUp.webhookUrl(), { body, headers: signed });
      accepted.add(signature);
    };
    try {
      if (accepted.has(signature)) {
        throw new Error(
          'The relay has already received a delivery with the same bytes, and drops duplicates. Change the body, for ' +
            'example its request_time, and send it again.',
        );
      }
      const step = {
        path: `triggers.${triggerKey}.operation`,
        title: `${triggerLabelOf(app, triggerKey)} (${triggerKey})`,
      };
      if (choices.length === 0) runs.choices.delete(triggerKey);
      else runs.choices.set(triggerKey, await inputDataFor(zapier, step, choices, false));
      await turnOnAll(setUp, triggerKey);
      if (!isSelected(triggerKey, Buffer.from(body).toString())) {
        await post();
        return { records: 0, reads: [] };
      }
      const outcome = await runs.runAfter(post, triggerKey);
      const { lastReads: reads } = runs;
      if ('records' in outcome) return { records: outcome.records.length, reads };
      return { ...(outcome.isRefusal ? { refused: outcome.error } : { failed: outcome.error }), reads };
    } catch (error) {
      return { failed: shownMessageOf(error), reads: [] };
    }
  }

  return (triggerKey: string, request: IncomingRequest, choices: readonly string[] = []): Promise<SendResult> => {
    const result = last.then(() => send(triggerKey, request, choices));
    last = result;
    return result;
  };
}
