/** Readers of the JSON bodies of API requests. A body is read after the request's headers have been accepted. */

import type { IncomingMessage } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { badRequest, contentTooLarge } from './problem.ts';
import { lengthOf } from './webhook-body.ts';

/**
 * Maximum size of an API request's body, in bytes. A subscription to 500 actions of 100 characters each takes about 52
 * kB.
 */
const MAX_BODY_BYTES = 64 * 1024;
/**
 * Time limit for the arrival of a body, in milliseconds. After this time, the relay closes the connection. Zapier sends
 * a body without pauses.
 */
const BODY_MS = 5_000;

const tooLarge = () => contentTooLarge('64 kB');

/**
 * Reads a body as text. Copies the body into one buffer as it arrives, because a list of chunks would take many times
 * the memory if the body arrived byte by byte.
 *
 * @throws {Problem} 413 if the body is too large, 400 if the body does not arrive completely
 */
async function readText(request: IncomingMessage): Promise<string> {
  const length = lengthOf(request.headers) ?? MAX_BODY_BYTES;
  if (length > MAX_BODY_BYTES) throw tooLarge();
  const buffer = Buffer.allocUnsafe(length);
  let received = 0;
  const timer = setTimeout(() => request.destroy(), BODY_MS);
  try {
    // The remainder of a refused body is discarded after the response has been sent, so the request must stay readable.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (received + chunk.length > buffer.length) throw tooLarge();
      received += chunk.copy(buffer, received);
    }
  } catch (error) {
    if (!request.destroyed) throw error;
    throw badRequest('The connection was closed before the complete body arrived. Send the request again.');
  } finally {
    clearTimeout(timer);
  }
  return buffer.toString('utf8', 0, received);
}

/** Makes JSON the only type of body that the routes of a plugin accept. */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    readText(payload).then(
      (text) => parse(request, text, done),
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** Makes the routes of a server and of its plugins ignore bodies, except for plugins that read bodies themselves. */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, next) => {
    next(null);
  });
}
