/** The stand-in's part of `npm start -- send`: it sends a delivery through the relay, and returns the Zap's result. */

import { webhookTriggers } from '../triggers/index.ts';
import { selectsAction } from '../wire/action-filter.ts';
import { eventsOf } from '../wire/delivery.ts';
import { SIGNATURE_HEADER } from '../wire/signature.ts';
import { shownMessageOf, triggerLabelOf } from './app-runner.ts';
import { postToRelay, turnOnAll, type SetUp } from './relayed-zaps.ts';
import { inputDataFor } from './step-fields.ts';
import type { IncomingRequest } from './zapier-headers.ts';

/**
 * The result of `npm start -- send`: the number of records with which the Zap runs, or the reason that the Zap does not
 * run. `reads` contains the paths that the trigger has read from TutorCruncher.
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
 *
 * @param starting - resolves after the demonstration has been shown; requests that arrive earlier wait
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
