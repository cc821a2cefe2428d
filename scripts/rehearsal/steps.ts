/** Runs of the steps of an uploaded app, against the stand-in for TutorCruncher. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import type { RunningTutorCruncher } from '../../local/api/tutorcruncher.ts';
import type { Integration } from '../../local/developer-api/integration.ts';
import { requestFromTutorCruncher } from '../../local/tutorcruncher.ts';
import type { IncomingRequest, Runner } from '../../local/zapier.ts';
import lesson from '../../objects/samples/lesson.json' with { type: 'json' };
import { isJsonObject } from '../../wire/json.ts';

/**
 * The private key of the connection that runs the app. The key is random, because the relay may be in production use.
 */
export const PRIVATE_KEY = randomBytes(20).toString('hex');
/** The trigger that receives the deliveries. */
export const TRIGGER = 'lesson_completed';
/** The path of the trigger's methods. */
export const TRIGGER_PATH = `triggers.${TRIGGER}.operation`;

/** Adds a run to the logs of the integration. */
export type Log = (message: string, output: unknown) => void;

/** Maximum number of characters of a result in a log. */
const LOGGED_CHARACTERS = 60;

/** Returns a function that adds runs to the logs of an integration. */
export const logOf =
  ({ logs }: Integration, version: string): Log =>
  (message, output) => {
    logs.unshift({
      version,
      message,
      input: '{}',
      output: JSON.stringify(output).slice(0, LOGGED_CHARACTERS),
      at: new Date(),
    });
  };

/** Returns the sample delivery of the trigger, as TutorCruncher sends it. */
export const signedDelivery = (privateKey = PRIVATE_KEY): IncomingRequest =>
  requestFromTutorCruncher(lesson, privateKey);

/** Checks that the Zap receives one record from a request with the sample delivery. */
export async function runTrigger(app: Runner, log: Log, request: IncomingRequest): Promise<void> {
  const outcome = await app.perform(TRIGGER, request);
  assert('records' in outcome, `${TRIGGER} failed: ${'error' in outcome ? outcome.error : ''}`);
  assert.equal(outcome.records.length, 1);
  assert.equal(outcome.records[0]?.lesson_topic, 'Quadratic equations');
  log(`${TRIGGER_PATH}.perform`, outcome.records);
}

/** Checks that the trigger refuses a request. */
export async function refuse(app: Runner, request: IncomingRequest): Promise<void> {
  const outcome = await app.perform(TRIGGER, request);
  assert('isRefusal' in outcome && outcome.isRefusal, 'The trigger did not refuse a forged delivery.');
}

/** Checks that test data, an action and a search return records. */
export async function runSteps(app: Runner, log: Log, tutorCruncher: RunningTutorCruncher): Promise<void> {
  const list = await app.call(`${TRIGGER_PATH}.performList`);
  assert(Array.isArray(list) && isJsonObject(list[0]) && 'lesson_topic' in list[0], 'performList returned no lesson.');
  log(`${TRIGGER_PATH}.performList`, list);

  const client = { first_name: 'Jana', last_name: 'Novak', email: 'jana.novak@example.com' };
  const created = await app.call('creates.create_client.operation.perform', { inputData: client });
  assert(isJsonObject(created), 'create_client returned no record.');
  assert(
    tutorCruncher.requests.some(({ method, body }) => method === 'POST' && JSON.stringify(body).includes('Novak')),
    'create_client sent no client to TutorCruncher.',
  );
  log('creates.create_client.operation.perform', created);

  const found = await app.call('searches.find_client.operation.perform', { inputData: { email: client.email } });
  assert(Array.isArray(found) && isJsonObject(found[0]), 'find_client found no client.');
  assert.equal(found[0].id, created.id);
  log('searches.find_client.operation.perform', found);
}
