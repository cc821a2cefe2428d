/** `npm start -- send`: signs a delivery like TutorCruncher and sends it through the relay of a running `npm start`. */

import { readFileSync } from 'node:fs';

import { eventsOf } from '../wire/delivery.ts';
import { isJsonObject } from '../wire/json.ts';
import { CommandError, messageOf } from './command-error.ts';
import { HOST, portFrom, privateKeyFrom, startCommand } from './environment.ts';
import { sampleDelivery } from './sample-delivery.ts';
import { requestFromTutorCruncher } from './tutorcruncher.ts';
import { countOf, parseZapResult, REPORT_HEADER, type ZapResult } from './zap-result.ts';
import { print } from './terminal.ts';

/** A delivery to send. */
export interface SendOptions {
  readonly triggerKey: string;
  /** Path of a file to send instead of the trigger's sample delivery. */
  readonly bodyFile: string | undefined;
  /** Private key to sign with instead of the key from the environment. */
  readonly privateKey: string | undefined;
}

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

function signingKey(given: string | undefined): string {
  if (given === undefined) return privateKeyFrom(process.env);
  if (given.trim() === '') {
    throw new CommandError('--key is empty. Pass a private key, or omit --key to use the key from the environment.');
  }
  return given.trim();
}

/** Returns the error to report if a delivery cannot be sent. */
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

/**
 * Returns the sentence that describes an accepted delivery.
 *
 * @throws {CommandError} if the Zap did not accept it
 */
function acceptance(zap: ZapResult): string {
  switch (zap.result) {
    case 'accepted':
      return zap.records > 0
        ? `Accepted: the Zap runs with ${countOf(zap.records, 'record')}.`
        : 'Accepted, but the delivery has no event for this trigger. The Zap does not run.';
    case 'refused':
      throw new CommandError(
        `Refused: ${zap.message}\n\n` +
          'The stand-in checks signatures with the TUTORCRUNCHER_PRIVATE_KEY that it was started with, or with a demo ' +
          'key. Set the variable to the same value here, or pass the key with --key.',
      );
    case 'failed':
      throw new CommandError(`Failed: ${zap.message}`);
  }
}

/**
 * Signs a delivery and prints the result of the Zap. The stand-in for Zapier turns the Zap on and passes the delivery to
 * the relay.
 *
 * @throws {CommandError} unless the Zap accepted the delivery
 */
export async function send({ triggerKey, bodyFile, privateKey }: SendOptions): Promise<void> {
  const key = signingKey(privateKey);
  const port = portFrom(process.env);
  if (port === 0) throw new CommandError('PORT is 0. Set PORT to the port that the stand-in listens on.');
  const sample = sampleDelivery(triggerKey);
  const signed = requestFromTutorCruncher(bodyFile === undefined ? sample : readBody(bodyFile), key);

  const url = `http://${HOST}:${port}/hooks/${triggerKey}`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...signed.headers, [REPORT_HEADER]: '1' },
      body: Buffer.from(signed.body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw sendingError(error, url, port);
  }
  if (response.status !== 200) {
    throw new CommandError(`Not accepted: the server responded with status ${response.status}.`);
  }
  const zap = parseZapResult(await response.text());
  if (!zap) {
    throw new CommandError(
      `The server on port ${port} is not the stand-in for Zapier: it did not report the Zap's result. ` +
        'Set PORT to the port that the stand-in listens on.',
    );
  }
  print(`Sent ${countOf(signed.body.length, 'byte')} to the relay.`);
  print(acceptance(zap));
}
