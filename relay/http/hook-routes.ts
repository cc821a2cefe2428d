/** The routes that TutorCruncher POSTs webhooks to: `/hooks/<channel>/<random part>` and every path below it. */

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { freeMemory } from '../free-memory.ts';
import { INGEST_MS } from '../intake/ingest.ts';
import { nameOf } from '../log.ts';
import type { Registration } from '../store/channel-state.ts';
import { isUrlPart, urlWith } from '../webhook-url.ts';
import { ignoreBodies } from './json-body.ts';
import type { RouteOptions } from './server-options.ts';
import { lengthOf, MAX_BODY_BYTES, readBody } from './webhook-body.ts';
import { createWebhookRefusals, unknownUrl } from './webhook-refusals.ts';

type HookRequest = FastifyRequest<{ Params: { channel: string; part?: string } }>;

/** The security headers that take effect if a browser shows the response. */
const HEADERS = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** Maximum number of characters of the Content-Type header that are stored. Real values have about 30 characters. */
const MAX_CONTENT_TYPE_LENGTH = 200;

/**
 * Returns the signature in lower case, which Zaps require. The same signature in capitals must not make the webhook
 * pass as another delivery. The relay has no key; the Zap verifies the signature. Returns null if its format is wrong.
 */
function signatureOf({ headers }: HookRequest): string | null {
  // Node.js converts header names to lower case.
  const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]).toLowerCase();
  return isSignature(signature) ? signature : null;
}

/** A webhook whose headers have been accepted. */
interface Admitted {
  readonly channel: string;
  readonly sealKey: Registration['sealKey'];
  readonly signature: string;
  /** True if it was sent to the old URL of a channel whose URL has been replaced. */
  readonly isAtOldUrl: boolean;
}

/** Returns the Content-Type of a request, truncated if it is unreasonably long. */
function contentTypeOf({ raw }: HookRequest): string {
  const [contentType = ''] = raw.headersDistinct['content-type'] ?? [];
  return contentType.slice(0, MAX_CONTENT_TYPE_LENGTH).trim() || 'application/json';
}

/**
 * The plugin with these routes. `receive` names the steps of a webhook in order, and `admit` and `checkUrl` make the
 * checks. The functions are inside the plugin, because fastify passes the options to it.
 */
export const hookRoutes: FastifyPluginCallback<RouteOptions> = (app, options, done) => {
  const { registered, admission, ingest, sealer, metrics, inFlight, rates, clock, connections } = options;
  const { refuse, refuseUnknown } = createWebhookRefusals(options);

  // The handler reads the body, so that it remains the exact bytes that TutorCruncher signed.
  ignoreBodies(app);
  app.addHook('onRequest', (request, _reply, next) => {
    // Fastify refuses requests with a malformed Content-Type, but the relay does not depend on the header.
    request.headers['content-type'] = 'application/octet-stream';
    next();
  });

  /**
   * Makes the checks that precede the reading of the body: the URL, the operator's list, the signature's format, the
   * length, the rate, and the number of connections. @throws {Problem} if the request is refused
   */
  async function admit(request: HookRequest): Promise<Admitted> {
    const { channel, part = '' } = request.params;
    const { sealKey, url } = await checkUrl(request, channel, part);
    const signature = signatureOf(request);
    if (signature === null) throw refuse('unsigned', channel);
    if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) throw refuse('too_large', channel);
    const { waitMs, isHigh } = rates.take(channel);
    if (waitMs > 0) throw refuse('rate_limited', channel, Math.ceil(waitMs / 1000));
    if (isHigh) metrics.highRates.inc();
    if (!connections.tryAdmit(request, channel)) throw refuse('busy', channel);
    return { channel, sealKey, signature, isAtOldUrl: url === 'old' };
  }

  /** Checks that a URL is that of a registered channel that the relay serves. @throws {Problem} otherwise */
  async function checkUrl(request: HookRequest, channel: string, part: string) {
    const lookUp = (): Promise<Registration | null> =>
      registered.lookUp(channel).catch((error: unknown) => {
        request.log.error({ error: nameOf(error) }, 'Looking up a channel failed. TutorCruncher was told to retry.');
        throw refuseUnknown('failed', channel);
      });
    const isWellFormed = isUrlPart(part);
    const urlIn = (known: Registration | null) => (isWellFormed && known ? urlWith(part, known, clock.now()) : null);
    let registration = registered.known(channel);
    let url = urlIn(registration);
    if (!url && isWellFormed) {
      // The URL may have been replaced since the previous look-up.
      registration = await lookUp();
      url = urlIn(registration);
    }
    if (!registration) throw refuseUnknown('unregistered', channel);
    if (!url) throw refuse('unregistered', channel);
    const { withSecret, sealKey } = registration;
    // Another process may have registered the channel with the secret since the previous look-up. A channel that is known
    // to be registered with the secret is not looked up again.
    const isServed = await admission.serves(channel, async () => (withSecret ? { withSecret } : lookUp()));
    if (!isServed) throw refuse('refused', channel);
    return { sealKey, url };
  }

  /** Seals and stores a body. @param start - the time from which the time limit counts @throws {Problem} if this fails */
  async function store(request: HookRequest, admitted: Admitted, body: Buffer, start: number) {
    const { channel, sealKey, signature, isAtOldUrl } = admitted;
    const received = { channel, body, signature, contentType: contentTypeOf(request), receivedAt: clock.now() };
    try {
      const delivery = await sealer.seal(received, sealKey);
      const result = await ingest.add({ ...delivery, isAtOldUrl }, start + INGEST_MS - performance.now());
      // After an error, the store may still be writing the content.
      if (delivery.content) freeMemory(delivery.content.sealed);
      return { result, hasSeveralEvents: delivery.hasSeveralEvents ?? false };
    } catch (error) {
      request.log.error({ error: nameOf(error) }, 'Storing a delivery failed. TutorCruncher was told to retry.');
      throw refuse('failed', channel);
    } finally {
      freeMemory(body);
    }
  }

  async function receive(request: HookRequest, reply: FastifyReply): Promise<FastifyReply> {
    void reply.headers(HEADERS);
    const { channel } = request.params;
    if (!isChannel(channel)) throw unknownUrl();
    const reservation = inFlight.open(channel);
    // The response closes even if the client disconnects, for example during a look-up.
    reply.raw.once('close', reservation.end);

    const arrival = performance.now();
    const admitted = await admit(request);
    const admissionMs = performance.now() - arrival;
    const body = await readBody(request.raw, lengthOf(request.headers), reservation, (reason) =>
      refuse(reason, channel),
    );
    // The time limit does not include the time in which the body arrived.
    const start = performance.now() - admissionMs;
    const { result, hasSeveralEvents } = await store(request, admitted, body, start);
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    // The channel was deleted since it was looked up. If it was registered with another key, it has another URL.
    if (result === 'unregistered' || result === 'other-seal-key') {
      registered.forget(channel);
      sealer.forget(channel);
      throw refuseUnknown('unregistered', channel);
    }
    if (result === 'full') throw refuse('full', channel);
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
