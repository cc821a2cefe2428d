/** The routes that TutorCruncher POSTs webhooks to: `/hooks/<channel>/<random part>` and every path below it. */

import type { IncomingMessage } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { freeMemory } from '../bytes-in-flight.ts';
import { INGEST_MS } from '../ingest.ts';
import { nameOf } from '../log.ts';
import type { Ingested } from '../store/new-delivery.ts';
import { Problem, serviceUnavailable } from './problem.ts';
import { lengthOf, readBody } from './webhook-body.ts';
import { admitWebhooks, unknownUrl, type HookRequest } from './hook-admission.ts';
import type { ServerOptions } from './server-options.ts';

/** Maximum number of characters of the Content-Type header that are stored. Real values have about 30 characters. */
const MAX_CONTENT_TYPE_LENGTH = 200;

/** Returns the Content-Type of a request, truncated if it is unreasonably long. */
function contentTypeOf({ raw: { rawHeaders } }: HookRequest): string {
  const index = rawHeaders.findIndex((name, position) => position % 2 === 0 && /^content-type$/i.test(name));
  const contentType = index < 0 ? '' : (rawHeaders[index + 1] ?? '');
  return contentType.slice(0, MAX_CONTENT_TYPE_LENGTH).trim() || 'application/json';
}

/** Returns the results of the checks that precede the reading of the body. */
function admittedOf({ admitted }: Pick<FastifyRequest, 'admitted'>) {
  if (!admitted) throw new Error('A webhook was read before it was admitted.');
  return admitted;
}

export function hookRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { registered, ingest, sealer, metrics, clock } = options;

  admitWebhooks(app, options);
  // Without parsers, the body remains the exact bytes that TutorCruncher signed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    try {
      return await readBody(payload, lengthOf(request.headers), admittedOf(request).reservation);
    } catch (error) {
      if (error instanceof Problem && error.status === 503) metrics.ingested.inc({ result: 'busy' });
      throw error;
    }
  });

  /** Seals and stores a delivery. @throws {Error} if the store fails or does not respond by `end`, by `performance.now()` */
  async function store(request: HookRequest, end: number): Promise<Ingested> {
    const { sealKey, signature, isAtOldUrl } = admittedOf(request);
    const received = {
      channel: request.params.channel,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      signature,
      contentType: contentTypeOf(request),
      receivedAt: clock.now(),
    };
    const delivery = await sealer.seal(received, sealKey);
    const result = await ingest.add({ ...delivery, isAtOldUrl }, end - performance.now());
    // After an error, the store may still be writing the content.
    if (delivery.content) freeMemory(delivery.content.sealed);
    // The channel was deleted and has been registered with another key since it was looked up, so it has another URL.
    return result === 'other-seal-key' ? 'unregistered' : result;
  }

  async function receive(request: HookRequest, reply: FastifyReply): Promise<FastifyReply> {
    const start = performance.now() - admittedOf(request).lookUpMs;
    const { channel } = request.params;
    let result: Ingested;
    try {
      result = await store(request, start + INGEST_MS);
    } catch (error) {
      metrics.ingested.inc({ result: 'failed' });
      request.log.error({ error: nameOf(error) }, 'Storing a delivery failed. TutorCruncher was told to retry.');
      throw serviceUnavailable('The delivery was not stored. Send it again.');
    } finally {
      if (Buffer.isBuffer(request.body)) freeMemory(request.body);
    }
    metrics.ingested.inc({ result });
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    if (result === 'unregistered') {
      registered.forget(channel);
      sealer.forget(channel);
      metrics.troubles.note('unknown', channel);
      throw unknownUrl();
    }
    if (result === 'full') {
      metrics.troubles.note('full', channel);
      throw serviceUnavailable(
        'The delivery was not stored: the channel is full because its Zaps are not accepting deliveries. Send it again.',
      );
    }
    metrics.troubles.clear(channel);
    return reply.code(202).send();
  }

  // The headers are constant, because assembling them with Helmet for each response would take a tenth of a webhook's
  // processing time.
  for (const path of ['', '/:part', '/:part/*']) app.post(`${HOOKS_PATH}/:channel${path}`, { helmet: false }, receive);
}
