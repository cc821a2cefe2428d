/**
 * `npm start -- send`: signs a delivery as TutorCruncher does, and sends it through the relay of a running `npm start`.
 */

import { readFileSync } from 'node:fs';

import { eventsOf } from '../wire/delivery.ts';
import { isJsonObject } from '../wire/json.ts';
import { CommandError, messageOf } from './command-error.ts';
import { HOST, portFrom, privateKeyFrom, startCommand } from './environment.ts';
import { sampleDelivery } from './sample-delivery.ts';
import { requestFromTutorCruncher } from './signed-delivery.ts';
import { countOf } from './record-table.ts';
import { print } from './terminal.ts';

/** Maximum wait for a response, in milliseconds. A stand-in that is still starting responds when it is ready. */
const TIMEOUT_MS = 60_000;

/** Reads the body of a delivery. @throws {CommandError} if the file cannot be read or contains no events */
function readBody(path: string): Uint8Array {
  let body: Buffer;
  try {
    body = readFileSync(path);
  } catch (error) {
    throw new CommandError(`Could not read "${path}": ${messageOf(error)}`);
  }
  const content = body.toString('utf8');
  if (content.trim() === '') throw new CommandError(`"${path}" is empty. Save the body of a webhook in it.`);
  try {
    JSON.parse(content);
  } catch (error) {
    throw new CommandError(`"${path}" is not valid JSON: ${messageOf(error)}`);
  }
  if (eventsOf(content).length === 0) {
    throw new CommandError(
      `"${path}" has no events. The body of a webhook has a list "events", and each event has an "action".`,
    );
  }
  return body;
}

function sendingError(error: unknown, url: string, port: number): CommandError {
  const { cause } = error instanceof Error ? error : {};
  if (isJsonObject(cause) && cause.code === 'ECONNREFUSED') {
    return new CommandError(
      `Nothing listens at ${url}. Start the stand-in first, in another terminal: ${startCommand(port)}`,
    );
  }
  const reason =
    error instanceof Error && error.name === 'TimeoutError'
      ? `no response within ${TIMEOUT_MS / 1000} seconds`
      : messageOf(cause ?? error);
  return new CommandError(`Could not send the delivery to ${url}: ${reason}. Check that PORT is right, and try again.`);
}

/** Returns a sentence for each path that the trigger has read from TutorCruncher, with the number of repeated reads. */
const readTexts = (reads: unknown): string[] =>
  Array.from(
    Map.groupBy(Array.isArray(reads) ? reads : [], String),
    ([path, all]) => `The trigger has read ${path} from TutorCruncher${all.length > 1 ? ` ${all.length} times` : ''}.`,
  );

/**
 * Returns the sentences that describe an accepted delivery.
 *
 * @throws {CommandError} if the Zap did not accept the delivery, or if the response does not come from the stand-in
 */
function acceptance(result: unknown, port: number, hasChoices: boolean): string {
  const { records, refused, failed, reads } = isJsonObject(result) ? result : {};
  if (typeof records === 'number') {
    const sentence =
      records > 0
        ? `Accepted: the Zap runs with ${countOf(records, 'record')}.`
        : `Accepted, but the delivery has no event for this trigger${hasChoices ? ' and its choices' : ''}. The Zap does not run.`;
    return [...readTexts(reads), sentence].join('\n');
  }
  if (typeof refused === 'string') {
    throw new CommandError(
      `Refused: ${refused}\n\nThe stand-in checks signatures with the TUTORCRUNCHER_PRIVATE_KEY that it was started with, ` +
        'or with a demo key. Set the variable to the same value here.',
    );
  }
  if (typeof failed === 'string') throw new CommandError([`Failed: ${failed}`, ...readTexts(reads)].join('\n\n'));
  throw new CommandError(
    `The server on port ${port} is not the stand-in for Zapier: it did not report the Zap's result. ` +
      'Set PORT to the port that the stand-in listens on.',
  );
}

/**
 * Signs a trigger's sample or the contents of a file, sends it through the stand-in for Zapier, and prints the result.
 *
 * @param choices - the choices in the fields of the Zap, each as `key=value`
 * @throws {CommandError} unless the Zap accepted the delivery
 */
export async function send(
  triggerKey: string,
  bodyFile: string | undefined,
  choices: readonly string[] = [],
): Promise<void> {
  const port = portFrom(process.env);
  const sample = sampleDelivery(triggerKey);
  const delivery = bodyFile === undefined ? sample : readBody(bodyFile);
  const { body, headers } = requestFromTutorCruncher(delivery, privateKeyFrom(process.env));
  const query = new URLSearchParams(choices.map((choice): [string, string] => ['choice', choice]));
  const url = `http://${HOST}:${port}/send/${triggerKey}?${String(query)}`;
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: Buffer.from(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw sendingError(error, url, port);
  });
  const sentence = acceptance(await response.json().catch(() => null), port, choices.length > 0);
  print(`Sent ${countOf(body.length, 'byte')} to the relay.\n${sentence}`);
}
