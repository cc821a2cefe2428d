/** Admission of webhook requests: the checks that run before the body is read. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import type { Reservation } from '../bytes-in-flight.ts';
import { nameOf } from '../log.ts';
import type { Registration } from '../store/channels.ts';
import { isUrlPart, urlWith } from '../webhook-url.ts';
import { notServed } from './authorization.ts';
import { badRequest, notFound, serviceUnavailable, tooManyRequests, type Problem } from './problem.ts';
import { bodyTooLarge, lengthOf, MAX_BODY_BYTES } from './webhook-body.ts';
import type { ServerOptions } from './server-options.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds that a webhook request has waited for the look-up of its channel. */
    lookUpMs: number;
    /** The bytes reserved for a webhook request until its response is sent; null before its channel is known. */
    reservation: Reservation | null;
    /** The public seal key of a webhook request's channel; null before the channel is known to be registered. */
    sealKey: Buffer | null;
    /** True if a webhook request has the old URL of its channel. */
    isAtOldUrl: boolean;
  }
}

export type HookRequest = FastifyRequest<{ Params: { channel: string; part?: string } }>;

/** Node.js converts header names to lower case. */
const SIGNATURE_KEY = SIGNATURE_HEADER.toLowerCase();

/** The security headers that take effect if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** The response to a webhook whose URL belongs to no registered channel. It does not reveal which part is wrong. */
export const unknownUrl = (): Problem =>
  notFound(
    'This is not, or no longer, a webhook URL of this relay. Copy the whole URL from the trigger in Zapier, and paste it ' +
      'into the integration in TutorCruncher.',
  );

/** Checks the format of the URL. @throws {Problem} 404 */
function checkUrl({ params: { channel, part = '' } }: HookRequest): void {
  if (!isUrlPart(part) || !isChannel(channel)) throw unknownUrl();
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
  const { registered, admission, metrics, inFlight, rates, clock } = options;
  app.decorateRequest('lookUpMs', 0);
  app.decorateRequest('reservation', null);
  app.decorateRequest('sealKey', null);
  app.decorateRequest('isAtOldUrl', false);

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
   * Returns the registration of the channel, and which of the channel's URLs the request has.
   *
   * @throws {Problem} 404 if the URL is not a webhook URL of a registered channel, 503 if the store fails
   */
  async function registrationOf(request: HookRequest) {
    const { channel, part = '' } = request.params;
    const withUrl = (registration: Registration | null) => {
      const url = registration ? urlWith(part, registration, clock.now()) : null;
      return registration && url ? { registration, url } : null;
    };
    // The URL may have been replaced since the previous look-up.
    const found = withUrl(registered.known(channel)) ?? withUrl(await lookUp(request));
    if (found) return found;
    metrics.ingested.inc({ result: 'unregistered' });
    metrics.troubles.note('unknown', channel);
    throw unknownUrl();
  }

  /** @throws {Problem} 403 if the channel is not served, 503 if the store fails */
  async function checkServed(request: HookRequest, registration: Registration): Promise<void> {
    const isServed = await admission.serves(request.params.channel, async () =>
      // Another process may have registered the channel with the secret since the previous look-up. A channel that is
      // known to be registered with the secret is not looked up again.
      registration.withSecret ? registration : lookUp(request),
    );
    if (isServed) return;
    metrics.ingested.inc({ result: 'refused' });
    throw notServed();
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
    checkUrl(request);
    const reservation = inFlight.open(request.params.channel);
    request.reservation = reservation;
    // The response closes even if the client disconnects, for example during the look-up below.
    reply.raw.once('close', reservation.end);
    const { registration, url } = await registrationOf(request);
    await checkServed(request, registration);
    checkSignature(request);
    request.sealKey = registration.sealKey;
    request.isAtOldUrl = url === 'old';
    if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
    checkRate(request.params.channel);
  });
}
