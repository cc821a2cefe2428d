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

/** The results of the checks of a webhook request. */
interface Admitted {
  /** The bytes reserved for the request until its response is sent. */
  readonly reservation: Reservation;
  /** The public seal key of the channel. */
  readonly sealKey: Buffer;
  /** The signature in lower case, which Zaps require. The same one in capitals must not pass as another delivery. */
  readonly signature: string;
  /** True if the request has the old URL of its channel. */
  readonly isAtOldUrl: boolean;
  /** Milliseconds that the request has waited for the look-up of its channel. */
  readonly lookUpMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null unless a webhook request has been admitted. */
    admitted: Admitted | null;
  }
}

export type HookRequest = FastifyRequest<{ Params: { channel: string; part?: string } }>;

/** The security headers that take effect if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** The response to a webhook whose URL belongs to no registered channel. It does not reveal which part is wrong. */
export const unknownUrl = (): Problem =>
  notFound(
    'This is not, or no longer, a webhook URL of this relay. Copy the whole URL from the trigger in Zapier, and paste it ' +
      'into the integration in TutorCruncher.',
  );

/** Returns the signature. The relay has no key; the Zap verifies it. @throws {Problem} 400 if its format is wrong */
function signatureOf({ headers }: HookRequest): string {
  // Node.js converts header names to lower case.
  const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]).toLowerCase();
  if (isSignature(signature)) return signature;
  throw badRequest(`The header ${SIGNATURE_HEADER} must contain 64 hexadecimal digits.`);
}

/** Adds the hook that admits or refuses webhook requests. */
export function admitWebhooks(app: FastifyInstance, options: ServerOptions): void {
  const { registered, admission, metrics, inFlight, rates, clock } = options;
  app.decorateRequest('admitted', null);

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
    const { channel, part = '' } = request.params;
    if (!isUrlPart(part) || !isChannel(channel)) throw unknownUrl();
    const reservation = inFlight.open(channel);
    // The response closes even if the client disconnects, for example during the look-up below.
    reply.raw.once('close', reservation.end);

    let lookUpMs = 0;
    async function lookUp(): Promise<Registration | null> {
      const start = performance.now();
      try {
        return await registered.lookUp(channel);
      } catch (error) {
        metrics.ingested.inc({ result: 'failed' });
        request.log.error({ error: nameOf(error) }, 'Looking up a channel failed. TutorCruncher was told to retry.');
        throw serviceUnavailable('The delivery was not stored. Send it again.');
      } finally {
        lookUpMs += performance.now() - start;
      }
    }
    const urlIn = (known: Registration | null) => known && urlWith(part, known, clock.now());
    let registration = registered.known(channel);
    let url = urlIn(registration);
    if (!url) {
      // The URL may have been replaced since the previous look-up.
      registration = await lookUp();
      url = urlIn(registration);
    }
    if (!registration || !url) {
      metrics.ingested.inc({ result: 'unregistered' });
      metrics.troubles.note('unknown', channel);
      throw unknownUrl();
    }
    const { withSecret, sealKey } = registration;
    // Another process may have registered the channel with the secret since the previous look-up. A channel that is known
    // to be registered with the secret is not looked up again.
    if (!(await admission.serves(channel, async () => (withSecret ? { withSecret } : lookUp())))) {
      metrics.ingested.inc({ result: 'refused' });
      throw notServed();
    }
    const signature = signatureOf(request);
    if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
    checkRate(channel);
    request.admitted = { reservation, sealKey, signature, isAtOldUrl: url === 'old', lookUpMs };
  });
}
