/** Webhooks of the stand-in's account: one delivery per event and integration, signed with the integration's key. */

import { objects } from '../../objects/index.ts';
import { asInWebhooks } from '../../src/object/tutorcruncher-object.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { requestFromTutorCruncher } from '../signed-delivery.ts';
import { BRANCH } from './choices.ts';
import { shaped } from './event-shapes.ts';
import type { Sender } from './further-events.ts';
import { detailOf } from './lists.ts';
import type { AccountEvent } from './write.ts';

/** An integration of the account whose webhooks are active. */
export interface Integration {
  readonly privateKey: string;
  readonly webhookUrl: string;
}

/** The administrator who owns the private key and is the actor of every write through the API. */
const ACTOR = { name: 'Dana Mercer', id: 11, user_id: 9, url: '' };

/** Returns a time in the format of TutorCruncher's events, with microseconds. */
const timestampOf = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Returns the delivery of an event, with the record's current state. @throws {Error} if the record does not exist */
export function deliveryOf(event: AccountEvent, { account, behaviour }: Sender, ms = Date.now()): object {
  const object = objects.find(({ api }) => api?.path === event.path);
  const record = account.find(event.path, event.id);
  if (!object || !record) throw new Error(`There is no record ${event.id} at ${event.path}.`);
  const detail = detailOf(event.path, account.current(event.path, record), behaviour);
  const { id, url } = record;
  // The URL and the id come from the record, because the details of reports lack both. The URL and the id must be the
  // first fields.
  const fields = { model: OBJECT_NAMES[object.word], url, id, ...asInWebhooks(object, detail) };
  return {
    request_time: Math.floor(ms / 1000),
    events: [
      {
        action: event.action,
        verb: event.verb,
        timestamp: timestampOf(ms),
        branch: BRANCH.id,
        actor: ACTOR,
        extra_msg: event.message,
        subject: shaped(event, fields, behaviour),
      },
    ],
  };
}

/** Time that TutorCruncher waits for the response to a delivery, in milliseconds. */
const TIMEOUT_MS = 8_000;

/** Sends a delivery to an integration. Never rejects, because the stand-in does not retry failed deliveries. */
export async function send(delivery: object, { privateKey, webhookUrl }: Integration): Promise<void> {
  const { body, headers } = requestFromTutorCruncher(delivery, privateKey);
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(webhookUrl, { method: 'POST', headers, body: Buffer.from(body), signal });
    await response.text();
  } catch {
    // A failed delivery is ignored. The receiver prints the deliveries that arrive.
  }
}
