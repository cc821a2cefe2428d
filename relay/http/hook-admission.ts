/** Admission of webhook requests: the checks that run before the body is read. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import type { Reservation } from '../bytes-in-flight.ts';
import { nameOf } from '../log.ts';
import type { RegisteredChannels } from '../registered-channels.ts';
import type { Registration } from '../store/channels.ts';
import { notServed } from './authorization.ts';
import { badRequest, notFound, serviceUnavailable, tooManyRequests } from './problem.ts';
import { bodyTooLarge, lengthOf, MAX_BODY_BYTES } from './webhook-body.ts';
import type { ServerOptions } from './server.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds that a webhook request has waited for the look-up of its channel. */
    lookUpMs: number;
    /** The bytes reserved for a webhook request until its response is sent; null before its channel is known. */
    reservation: Reservation | null;
    /** The public seal key of a webhook request's channel; null before the channel is known to be registered. */
    sealKey: Buffer | null;
  }
}

export type HookRequest = FastifyRequest<{ Params: { channel: string } }>;

/** Node.js converts header names to lower case. */
const SIGNATURE_KEY = SIGNATURE_HEADER.toLowerCase();

/** The security headers that take effect if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** Checks the format of the channel, unless the channel is known to be registered. @throws {Problem} 404 */
function checkChannel({ params: { channel } }: HookRequest, registered: RegisteredChannels): void {
  // The checksum in a channel takes 2 µs to compute, and reading the body's routing fields takes 4 µs.
  if (registered.isKnown(channel) || isChannel(channel)) return;
  throw notFound('The URL contains no valid channel. Copy it again from the Zap.');
}

/** Checks the format of the signature. The relay has no key; the Zap verifies the signature. @throws {Problem} 400 */
function checkSignature({ headers }: HookRequest): void {
  const signature = headers[SIGNATURE_KEY];
  if (typeof signature !== 'string' || !isSignature(signature.toLowerCase())) {
    throw badRequest(`The header ${SIGNATURE_HEADER} must contain 64 hexadecimal digits.`);
  }
}

/** Adds the hooks that admit or refuse webhook requests. */
export function admitWebhooks(app: FastifyInstance, options: ServerOptions): void {
  const { registered, admission, metrics, inFlight, rates } = options;
  app.decorateRequest('lookUpMs', 0);
  app.decorateRequest('reservation', null);
  app.decorateRequest('sealKey', null);

  async function lookUp(request: HookRequest): Promise<Registration | null> {
    const start = performance.now();
    try {
      return await registered.lookUp(request.params.channel);
    } catch (error) {
      metrics.ingested.inc({ result: 'failed' });
      request.log.error({ error: nameOf(error) }, 'Looking up a channel failed. TutorCruncher was told to retry.');
      throw serviceUnavailable('The delivery was not stored. Send it again.');
    } finally {
      request.lookUpMs += performance.now() - start;
    }
  }

  /**
   * Returns the registration of the channel, or null if it is not registered.
   *
   * @throws {Problem} 403 if the channel is not served, 400 for a malformed signature, 503 if the store fails
   */
  async function registrationOf(request: HookRequest): Promise<Registration | null> {
    const { channel } = request.params;
    let registration: Registration | null | undefined = registered.known(channel);
    const isServed = await admission.serves(channel, async () => {
      // Another process may have registered the channel with the secret since the previous look-up. A channel that is
      // known to be registered with the secret is not looked up again.
      if (!registration?.withSecret) registration = await lookUp(request);
      return registration;
    });
    if (!isServed) {
      metrics.ingested.inc({ result: 'refused' });
      throw notServed();
    }
    checkSignature(request);
    if (registration !== undefined) return registration;
    return lookUp(request);
  }

  /** Counts a webhook. @throws {Problem} 429 if the channel has reached its limit */
  function checkRate(channel: string): void {
    const { waitMs, isHigh } = rates.take(channel);
    if (waitMs > 0) {
      metrics.ingested.inc({ result: 'rate_limited' });
      metrics.troubles.note('rate_limited', channel);
      throw tooManyRequests(
        'The delivery was not stored: this channel has reached its limit of webhooks per minute. Send it again later. ' +
          'Operator of the relay: to raise the limit, set RELAY_MAX_EVENTS_PER_MINUTE.',
        Math.ceil(waitMs / 1000),
      );
    }
    if (isHigh) metrics.highRates.inc();
  }

  app.addHook('onRequest', async (request: HookRequest, reply: FastifyReply) => {
    // Fastify refuses requests with a malformed Content-Type, but the relay does not depend on the header.
    request.headers['content-type'] = 'application/octet-stream';
    reply.headers(HEADERS);
    checkChannel(request, registered);
    const reservation = inFlight.open(request.params.channel);
    request.reservation = reservation;
    // The response closes even if the client disconnects, for example during the look-up below.
    reply.raw.once('close', reservation.release);
    const registration = await registrationOf(request);
    if (!registration) {
      metrics.ingested.inc({ result: 'unregistered' });
      metrics.troubles.note('unknown', request.params.channel);
      // An error response would make TutorCruncher deactivate the integration before the first Zap is on.
      return reply.code(202).send();
    }
    request.sealKey = registration.sealKey;
    if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
    checkRate(request.params.channel);
  });
}
