/**
 * The routes that receive TutorCruncher's webhooks: `/hooks/<channel>/<random part>`, and every path below this URL.
 */

import type { FastifyPluginCallback, FastifyReply } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { freeMemory } from '../free-memory.ts';
import { INGEST_MS } from '../intake/ingest-queue.ts';
import { nameOf } from '../log.ts';
import { addressOf } from './client-address.ts';
import { ignoreBodies } from './json-body.ts';
import type { RouteOptions } from './server-options.ts';
import { admit, type AdmittedWebhook, type HookParts, type HookRequest } from './webhook-admission.ts';
import { lengthOf, readBody } from './webhook-body.ts';
import { createWebhookRefusals, unknownUrl } from './webhook-refusals.ts';

/** The security headers that matter if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** Maximum number of stored characters of the Content-Type header. Actual values have about 30 characters. */
const MAX_CONTENT_TYPE_LENGTH = 200;

/** Returns the Content-Type of a request, truncated to {@link MAX_CONTENT_TYPE_LENGTH}. */
function contentTypeOf({ raw }: HookRequest): string {
  const [contentType = ''] = raw.headersDistinct['content-type'] ?? [];
  return contentType.slice(0, MAX_CONTENT_TYPE_LENGTH).trim() || 'application/json';
}

/**
 * Seals and stores a body.
 *
 * @param start - start of the time limit for storing the body, as a value of `performance.now()`
 * @throws {Problem} if the body cannot be sealed or stored in time
 */
async function store(request: HookRequest, admitted: AdmittedWebhook, body: Buffer, start: number, parts: HookParts) {
  const { sealer, ingest, clock, refuse } = parts;
  const { channel, sealKey, signature, isAtOldUrl } = admitted;
  const received = { channel, body, signature, contentType: contentTypeOf(request), receivedAt: clock.now() };
  try {
    const delivery = await sealer.seal(received, sealKey);
    const result = await ingest.add({ ...delivery, isAtOldUrl }, start + INGEST_MS - performance.now());
    // The content is freed only after a success, because after an error, the store might still be writing it.
    if (delivery.content) freeMemory(delivery.content.sealed);
    return { result, hasSeveralEvents: delivery.hasSeveralEvents ?? false };
  } catch (error) {
    request.log.error({ error: nameOf(error) }, 'Storing a delivery failed. TutorCruncher was told to retry.');
    throw refuse('failed', channel);
  } finally {
    freeMemory(body);
  }
}

/**
 * Receives a webhook. Checks the headers, reads the body, seals the body and stores it. Responds after the commit.
 *
 * @throws {Problem} if the webhook is refused
 */
async function receive(request: HookRequest, reply: FastifyReply, parts: HookParts): Promise<FastifyReply> {
  const { registered, sealer, metrics, inFlight, refuse, refuseUnknown } = parts;
  void reply.headers(HEADERS);
  const { channel } = request.params;
  const address = addressOf(request);
  if (!isChannel(channel)) throw unknownUrl();
  const reservation = inFlight.open(channel, request.raw);
  // The `close` event fires even if the client disconnects, for example while the relay looks up the channel.
  reply.raw.once('close', reservation.end);

  const arrival = performance.now();
  const admitted = await admit(request, parts);
  const admissionMs = performance.now() - arrival;
  const body = await readBody(request.raw, lengthOf(request.headers), reservation, (reason) => refuse(reason, channel));
  // The time limit does not include the time that the body took to arrive.
  const start = performance.now() - admissionMs;
  const { result, hasSeveralEvents } = await store(request, admitted, body, start, parts);
  metrics.commitSeconds.observe((performance.now() - start) / 1000);
  // The channel was deleted after the look-up. If the channel has been registered again with a different key, it has a
  // different URL.
  if (result === 'unregistered' || result === 'other-seal-key') {
    registered.forget(channel);
    sealer.forget(channel);
    throw refuseUnknown('unregistered', channel, address);
  }
  if (result === 'full') throw refuse('full', channel);
  metrics.ingested.inc({ result });
  if (result === 'stored' && hasSeveralEvents) metrics.unsplitWebhooks.inc();
  metrics.troubles.clear(channel, address);
  return reply.code(202).send();
}

/** The plugin with the routes for webhooks. */
export const hookRoutes: FastifyPluginCallback<RouteOptions> = (app, options, done) => {
  const parts = { ...options, ...createWebhookRefusals(options) };
  // `receive` reads the body itself, to keep the exact bytes that TutorCruncher signed.
  ignoreBodies(app);
  app.addHook('onRequest', (request, _reply, next) => {
    // fastify refuses requests with a malformed Content-Type, but the relay does not depend on this header.
    request.headers['content-type'] = 'application/octet-stream';
    next();
  });
  for (const path of ['', '/:part', '/:part/*']) {
    // The headers are constant, because assembling them with Helmet for each response takes a tenth of a webhook's
    // processing time.
    app.post(`${HOOKS_PATH}/:channel${path}`, { helmet: false }, (request: HookRequest, reply) =>
      receive(request, reply, parts),
    );
  }
  done();
};
