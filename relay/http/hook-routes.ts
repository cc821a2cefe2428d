/** The routes that TutorCruncher POSTs webhooks to: `/hooks/<channel>/<random part>` and every path below it. */

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { freeMemory } from '../free-memory.ts';
import { INGEST_MS } from '../intake/ingest.ts';
import { nameOf } from '../log.ts';
import type { Refusal } from '../refusal-reasons.ts';
import type { Registration } from '../store/channel-state.ts';
import type { Ingested } from '../store/new-delivery.ts';
import { isUrlPart, urlWith } from '../webhook-url.ts';
import { notServed } from './authorization.ts';
import { badRequest, notFound, Problem, serviceUnavailable, tooManyRequests } from './problem.ts';
import { ignoreBodies } from './json-body.ts';
import type { RouteOptions } from './server-options.ts';
import { bodyTooLarge, lengthOf, MAX_BODY_BYTES, readBody } from './webhook-body.ts';

type HookRequest = FastifyRequest<{ Params: { channel: string; part?: string } }>;

/** The security headers that take effect if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** Maximum number of characters of the Content-Type header that are stored. Real values have about 30 characters. */
const MAX_CONTENT_TYPE_LENGTH = 200;

/** The response to a webhook whose URL belongs to no registered channel. It does not reveal which part is wrong. */
const unknownUrl = (): Problem =>
  notFound(
    'This is not, or no longer, a webhook URL of this relay. Copy the whole URL from the trigger in Zapier, and paste it ' +
      'into the integration in TutorCruncher.',
  );

/**
 * Returns the signature in lower case, which Zaps require. The same signature in capitals must not make the webhook
 * pass as another delivery. The relay has no key; the Zap verifies the signature. Returns null if its format is wrong.
 */
function signatureOf({ headers }: HookRequest): string | null {
  // Node.js converts header names to lower case.
  const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]).toLowerCase();
  return isSignature(signature) ? signature : null;
}

/** Returns the Content-Type of a request, truncated if it is unreasonably long. */
function contentTypeOf({ raw }: HookRequest): string {
  const [contentType = ''] = raw.headersDistinct['content-type'] ?? [];
  return contentType.slice(0, MAX_CONTENT_TYPE_LENGTH).trim() || 'application/json';
}

export const hookRoutes: FastifyPluginCallback<RouteOptions> = (app, options, done) => {
  const { registered, admission, ingest, sealer, metrics, refusals, inFlight, rates, clock, connections } = options;

  // The handler reads the body, so that it remains the exact bytes that TutorCruncher signed.
  ignoreBodies(app);
  app.addHook('onRequest', (request, _reply, next) => {
    // Fastify refuses requests with a malformed Content-Type, but the relay does not depend on the header.
    request.headers['content-type'] = 'application/octet-stream';
    next();
  });

  /** Counts a refused webhook of a registered channel. */
  function noteRefusal(reason: Refusal, channel: string): void {
    metrics.ingested.inc({ result: reason });
    refusals.note(reason, channel);
  }

  /** Counts a webhook at an unknown URL, perhaps of a registered channel. Returns the response. */
  function refuseUnknown(channel: string, isRegistered: boolean): Problem {
    metrics.troubles.note('unknown', channel);
    if (isRegistered) {
      noteRefusal('unregistered', channel);
    } else {
      metrics.ingested.inc({ result: 'unregistered' });
      refusals.noteUnknown(channel);
    }
    return unknownUrl();
  }

  /** Counts a webhook. @throws {Problem} 429 if the channel has reached its limit */
  function checkRate(channel: string): void {
    const { waitMs, isHigh } = rates.take(channel);
    if (waitMs > 0) {
      noteRefusal('rate_limited', channel);
      metrics.troubles.note('rate_limited', channel);
      throw tooManyRequests(
        'The delivery was not stored: this channel has reached its limit of webhooks per minute. Send it again later. ' +
          'Operator of the relay: to raise the limit, set RELAY_MAX_EVENTS_PER_MINUTE.',
        Math.ceil(waitMs / 1000),
      );
    }
    if (isHigh) metrics.highRates.inc();
  }

  /** Counts and logs a failure of the store. Returns the response, after which TutorCruncher sends the webhook again. */
  function storeFailure(request: HookRequest, error: unknown, message: string): Problem {
    metrics.ingested.inc({ result: 'failed' });
    request.log.error({ error: nameOf(error) }, `${message} TutorCruncher was told to retry.`);
    return serviceUnavailable('The delivery was not stored. Send it again.');
  }

  /** Makes the checks that precede the reading of the body. @throws {Problem} if the request is refused */
  async function admit(request: HookRequest, channel: string, part: string) {
    const lookUp = (): Promise<Registration | null> =>
      registered.lookUp(channel).catch((error: unknown) => {
        throw storeFailure(request, error, 'Looking up a channel failed.');
      });
    const urlIn = (known: Registration | null) => known && urlWith(part, known, clock.now());
    let registration = registered.known(channel);
    let url = urlIn(registration);
    if (!url) {
      // The URL may have been replaced since the previous look-up.
      registration = await lookUp();
      url = urlIn(registration);
    }
    if (!registration || !url) throw refuseUnknown(channel, registration !== null);
    const { withSecret, sealKey } = registration;
    // Another process may have registered the channel with the secret since the previous look-up. A channel that is known
    // to be registered with the secret is not looked up again.
    if (!(await admission.serves(channel, async () => (withSecret ? { withSecret } : lookUp())))) {
      noteRefusal('refused', channel);
      throw notServed();
    }
    const signature = signatureOf(request);
    if (signature === null) {
      noteRefusal('unsigned', channel);
      throw badRequest(`The header ${SIGNATURE_HEADER} must contain 64 hexadecimal digits.`);
    }
    if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) {
      noteRefusal('too_large', channel);
      throw bodyTooLarge();
    }
    checkRate(channel);
    connections.admit(request, channel);
    return { sealKey, signature, isAtOldUrl: url === 'old' };
  }

  async function receive(request: HookRequest, reply: FastifyReply): Promise<FastifyReply> {
    void reply.headers(HEADERS);
    const { channel, part = '' } = request.params;
    if (!isChannel(channel)) throw unknownUrl();
    if (!isUrlPart(part)) throw refuseUnknown(channel, registered.known(channel) !== null);
    const reservation = inFlight.open(channel);
    // The response closes even if the client disconnects, for example during a look-up.
    reply.raw.once('close', reservation.end);

    const arrival = performance.now();
    const { sealKey, signature, isAtOldUrl } = await admit(request, channel, part);
    const admissionMs = performance.now() - arrival;
    const body = await readBody(request.raw, lengthOf(request.headers), reservation).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 503) noteRefusal('busy', channel);
      if (error instanceof Problem && error.status === 413) noteRefusal('too_large', channel);
      throw error;
    });
    // The time limit does not include the time in which the body arrived.
    const start = performance.now() - admissionMs;
    const received = { channel, body, signature, contentType: contentTypeOf(request), receivedAt: clock.now() };
    let result: Ingested;
    let hasSeveralEvents: boolean;
    try {
      const delivery = await sealer.seal(received, sealKey);
      hasSeveralEvents = delivery.hasSeveralEvents ?? false;
      result = await ingest.add({ ...delivery, isAtOldUrl }, start + INGEST_MS - performance.now());
      // After an error, the store may still be writing the content.
      if (delivery.content) freeMemory(delivery.content.sealed);
    } catch (error) {
      refusals.note('failed', channel);
      throw storeFailure(request, error, 'Storing a delivery failed.');
    } finally {
      freeMemory(body);
    }
    // The channel was deleted and has been registered with another key since it was looked up, so it has another URL.
    if (result === 'other-seal-key') result = 'unregistered';
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    if (result === 'unregistered') {
      registered.forget(channel);
      sealer.forget(channel);
      throw refuseUnknown(channel, false);
    }
    if (result === 'full') {
      noteRefusal('full', channel);
      metrics.troubles.note('full', channel);
      throw serviceUnavailable(
        'The delivery was not stored: the channel is full because its Zaps are not accepting deliveries. Send it again.',
      );
    }
    metrics.ingested.inc({ result });
    if (result === 'stored' && hasSeveralEvents) metrics.unsplitWebhooks.inc();
    metrics.troubles.clear(channel);
    return reply.code(202).send();
  }

  // The headers are constant, because assembling them with Helmet for each response would take a tenth of a webhook's
  // processing time.
  for (const path of ['', '/:part', '/:part/*']) app.post(`${HOOKS_PATH}/:channel${path}`, { helmet: false }, receive);
  done();
};
