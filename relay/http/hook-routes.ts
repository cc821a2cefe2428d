/** The routes that TutorCruncher POSTs webhooks to: `/hooks/<channel>` and every path below it. */

import type { IncomingMessage } from 'node:http';

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { ActionReader } from '../action-reader.ts';
import type { Clock } from '../clock.ts';
import { INGEST_MS, type Ingest } from '../ingest.ts';
import { nameOf } from '../log.ts';
import { Problem, serviceUnavailable } from './problem.ts';
import { lengthOf, readBody } from './webhook-body.ts';
import { admitWebhooks, type HookAdmissionOptions, type HookRequest } from './hook-admission.ts';

export interface HookRouteOptions extends HookAdmissionOptions {
  readonly ingest: Ingest;
  readonly clock: Clock;
}

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

export const hookRoutes: FastifyPluginCallback<HookRouteOptions> = (app, options, done) => {
  const { registered, ingest, metrics, clock } = options;
  const reader = new ActionReader();

  admitWebhooks(app, options);
  // Without a parser for any content type, the body stays the exact bytes that TutorCruncher signed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (!request.reservation) throw new Error('A webhook was read before it was admitted.');
    try {
      return await readBody(payload, lengthOf(request.headers), request.reservation);
    } catch (error) {
      if (error instanceof Problem && error.status === 503) metrics.ingested.inc({ result: 'busy' });
      throw error;
    }
  });

  async function receive(request: HookRequest, reply: FastifyReply): Promise<FastifyReply> {
    const start = performance.now() - request.lookUpMs;
    const { channel } = request.params;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const delivery = {
      channel,
      body,
      signature: String(request.headers[SIGNATURE_KEY]),
      contentType: contentTypeOf(request),
      actions: reader.actionsOf(channel, body),
      receivedAt: clock.now(),
    };
    let result;
    try {
      result = await ingest.add(delivery, INGEST_MS - request.lookUpMs);
    } catch (error) {
      metrics.ingested.inc({ result: 'failed' });
      request.log.error({ error: nameOf(error) }, 'Storing a delivery failed. TutorCruncher was told to retry.');
      throw serviceUnavailable('The delivery was not stored. Send it again.');
    }
    metrics.ingested.inc({ result });
    if (result === 'unregistered') registered.forget(channel);
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    if (result === 'unregistered') metrics.troubles.note('unknown', channel);
    else if (result === 'full') metrics.troubles.note('full', channel);
    else metrics.troubles.clear(channel);
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
