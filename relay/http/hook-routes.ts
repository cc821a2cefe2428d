/** The routes that TutorCruncher POSTs webhooks to: `/hooks/<channel>` and every path below it. */

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

import { isChannel } from '../../wire/capability.ts';
import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import type { Clock } from '../clock.ts';
import type { Admission } from '../admission.ts';
import { actionsOf, type Ingest } from '../ingest.ts';
import { nameOf } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { NewDelivery, Store } from '../store/store.ts';
import { notServed } from './authorization.ts';
import { badRequest, notFound, serviceUnavailable } from './problem.ts';

export interface HookRouteOptions {
  readonly store: Pick<Store, 'registration'>;
  readonly admission: Admission;
  readonly ingest: Ingest;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

type HookRequest = FastifyRequest<{ Params: { channel: string } }>;

/** Characters of a Content-Type that are stored with each delivery. Real ones have about 30. */
const MAX_CONTENT_TYPE_LENGTH = 200;

/** Node.js gives header names in lower case. */
const SIGNATURE_KEY = SIGNATURE_HEADER.toLowerCase();

/** Returns the Content-Type that a request was sent with, truncated if it is unreasonably long. */
function contentTypeOf({ raw: { rawHeaders } }: HookRequest): string {
  const index = rawHeaders.findIndex((name, position) => position % 2 === 0 && /^content-type$/i.test(name));
  const contentType = index < 0 ? '' : (rawHeaders[index + 1] ?? '');
  return contentType.slice(0, MAX_CONTENT_TYPE_LENGTH).trim() || 'application/json';
}

/**
 * Returns the delivery that a request carries.
 *
 * @param receivedAt - milliseconds since 1970
 * @throws {Problem} 404 for a malformed channel, 400 for a malformed signature
 */
function deliveryFrom(request: HookRequest, receivedAt: number): NewDelivery {
  const { channel } = request.params;
  if (!isChannel(channel)) throw notFound('The URL contains no valid channel. Copy it again from the Zap.');
  const signature = request.headers[SIGNATURE_KEY];
  // The relay has no key, so it checks only the format. The Zap verifies the signature.
  if (typeof signature !== 'string' || !isSignature(signature.toLowerCase())) {
    throw badRequest(`The header ${SIGNATURE_HEADER} must contain 64 hexadecimal digits.`);
  }
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return {
    channel,
    body,
    signature,
    contentType: contentTypeOf(request),
    actions: actionsOf(body),
    receivedAt,
  };
}

export const hookRoutes: FastifyPluginCallback<HookRouteOptions> = (app, options, done) => {
  const { store, admission, ingest, metrics, clock } = options;

  // Fastify refuses requests with a malformed Content-Type, but nothing here depends on it.
  app.addHook('onRequest', (request, _reply, next) => {
    request.headers['content-type'] = 'application/octet-stream';
    next();
  });
  // Before the body is read.
  app.addHook('onRequest', async (request: HookRequest) => {
    const { channel } = request.params;
    if (!isChannel(channel) || (await admission.serves(channel, () => store.registration(channel)))) return;
    metrics.ingested.inc({ result: 'refused' });
    throw notServed();
  });
  // Without a parser for any content type, the body stays the exact bytes that TutorCruncher signed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
    parsed(null, body);
  });

  async function receive(request: HookRequest, reply: FastifyReply): Promise<FastifyReply> {
    const start = performance.now();
    const delivery = deliveryFrom(request, clock.now());
    let result;
    try {
      result = await ingest.add(delivery);
    } catch (error) {
      metrics.ingested.inc({ result: 'failed' });
      request.log.error({ error: nameOf(error) }, 'Storing a delivery failed. TutorCruncher was told to retry.');
      throw serviceUnavailable('The delivery was not stored. Send it again.');
    }
    metrics.ingested.inc({ result });
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    if (result === 'full') {
      throw serviceUnavailable(
        'The delivery was not stored: the channel is full because its Zaps are not accepting deliveries. Send it again.',
      );
    }
    return reply.code(202).send();
  }

  app.post(`${HOOKS_PATH}/:channel`, receive);
  app.post(`${HOOKS_PATH}/:channel/*`, receive);
  done();
};
