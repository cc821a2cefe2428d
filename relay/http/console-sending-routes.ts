/** The console's routes that send events again and end the back-off of Zaps. */

import type { FastifyInstance } from 'fastify';

import * as wire from '../../wire/console-api.ts';
import { selectByConditions, selectOne, type Selection } from '../events/send-again-selection.ts';
import { successorOf } from '../events/successor.ts';
import { noEvent, type ConsoleParts } from './console-parts.ts';
import { conflict } from './problem.ts';
import { EVENT_CONDITIONS, requiredObject, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';

const SEND_ONE = requiredObject({ dry_run: { type: 'boolean' }, number: WHOLE_NUMBER, zap: UUID });
const SEND_SELECTED = strictObject(
  {
    dry_run: { type: 'boolean' },
    conditions: strictObject(EVENT_CONDITIONS),
    after: WHOLE_NUMBER,
    up_to: WHOLE_NUMBER,
  },
  ['dry_run', 'conditions'],
);
const SEND_AGAIN_SCHEMA = { body: { oneOf: [SEND_ONE, SEND_SELECTED] } };

const RETRY_SCHEMA = { body: strictObject({ zap: UUID }) };

/**
 * Returns the events that a request sends again.
 *
 * @throws {Problem} 404 if the event or the Zap does not exist
 * @throws {Problem} 409 if the Zap is off and no Zap replaces it, or if its trigger does not select the event
 */
async function selectionOf(
  { eventsOf, maxSentAgain }: ConsoleParts,
  channel: string,
  body: wire.SendAgainRequest,
): Promise<Selection> {
  const zap = 'conditions' in body ? body.conditions.zap : body.zap;
  const events = await eventsOf(channel, zap);
  const ended = events.zaps.find(({ id, endedAt }) => id === zap && endedAt !== null);
  const successor = ended && successorOf(ended, events.zaps);
  if (ended && !successor) {
    throw conflict(
      'This Zap is off, and no Zap with the same trigger and choices is on. Turn one on in Zapier, then try again.',
    );
  }
  if ('conditions' in body) {
    const { after = 0, up_to = Infinity } = body;
    const range = { after, upTo: Math.min(up_to, await events.newest()) };
    return selectByConditions(events, body.conditions, range, maxSentAgain, successor);
  }
  const event = await events.event(body.number);
  if (!event) throw noEvent();
  const selection = selectOne(event, body.zap, successor);
  if (selection) return selection;
  throw conflict('The trigger of this Zap does not select this event, so the event cannot be sent to it.');
}

/** Adds the console's routes that send events again and end the back-off of Zaps. */
export function consoleSendingRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, clock, states, counts, channelOf, eventsOf, search, maxSentAgain } = parts;

  app.post<{ Body: wire.SendAgainRequest }>(
    wire.CONSOLE_SEND_AGAIN_PATH,
    { schema: SEND_AGAIN_SCHEMA },
    async (request): Promise<wire.SendAgainResponse> => {
      const channel = await channelOf(request);
      const selection = await search(request, () => selectionOf(parts, channel, request.body));
      const { resends } = selection;
      const response = { ...selection.response, limit: maxSentAgain };
      if (request.body.dry_run || resends.length === 0) return response;
      const sent = await store.sendAgain(channel, resends, maxSentAgain, clock.now());
      if (sent === 'busy') {
        throw conflict(
          `Other events are still being sent again. At most ${maxSentAgain} can be sent again at a time. ` +
            'Wait until they have arrived, then send the others.',
        );
      }
      states.forget(channel);
      counts.forget(channel);
      return { ...response, deliveries: sent.marked, waiting: response.waiting + sent.waiting };
    },
  );

  app.post<{ Body: wire.RetryRequest }>(
    wire.CONSOLE_RETRY_PATH,
    { schema: RETRY_SCHEMA, config: { rateLimit: { max: wire.RETRIES_PER_MINUTE } } },
    async (request): Promise<wire.RetryResponse> => {
      const channel = await channelOf(request);
      const { zap } = request.body;
      await eventsOf(channel, zap);
      const zaps = await store.retryNow(channel, zap ?? null, clock.now());
      states.forget(channel);
      return { zaps };
    },
  );
}
