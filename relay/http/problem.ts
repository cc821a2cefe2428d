/** Error responses as RFC 9457 problem documents. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import type { ProblemDocument } from '../../wire/relay-api.ts';
import { nameOf } from '../log.ts';

/** Seconds that a client should wait after a 503 response before it retries. */
const RETRY_AFTER_SECONDS = 10;

/** Thrown by a route to send a problem document. The message becomes the document's `detail`. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly retryAfter: number | null;

  /**
   * @param retryAfter - seconds that the client should wait before it repeats the request; null for no `Retry-After`
   * header
   */
  constructor(status: number, title: string, detail: string, retryAfter: number | null = null) {
    super(detail);
    this.status = status;
    this.title = title;
    this.retryAfter = retryAfter;
  }
}

export const badRequest = (detail: string): Problem => new Problem(400, 'Bad Request', detail);
export const unauthorized = (detail: string): Problem => new Problem(401, 'Unauthorized', detail);
export const forbidden = (detail: string): Problem => new Problem(403, 'Forbidden', detail);
export const notFound = (detail: string): Problem => new Problem(404, 'Not Found', detail);
export const conflict = (detail: string): Problem => new Problem(409, 'Conflict', detail);
export const tooManyRequests = (detail: string, retryAfter?: number): Problem =>
  new Problem(429, 'Too Many Requests', detail, retryAfter);
export const contentTooLarge = (limit: string): Problem =>
  new Problem(413, 'Content Too Large', `The body is larger than the limit of ${limit}. Send less.`);
export const serviceUnavailable = (detail: string): Problem =>
  new Problem(503, 'Service Unavailable', detail, RETRY_AFTER_SECONDS);

function send(reply: FastifyReply, { status, title, message: detail, retryAfter }: Problem): FastifyReply {
  if (retryAfter !== null) void reply.header('retry-after', retryAfter);
  const document: ProblemDocument = { type: 'about:blank', title, status, detail };
  return reply.code(status).type('application/problem+json').send(document);
}

/** Sends any error of a route as a problem document. Logs the errors that routes do not expect. */
export function handleError(error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Problem) return send(reply, error);
  const { statusCode = 500, validation, message } = error;
  if (statusCode === 413) return send(reply, contentTooLarge('64 kB'));
  if (statusCode < 500) {
    // Only the messages of schema validation are safe to send, because other messages might quote the request.
    const detail = validation ? message : 'The request is malformed.';
    return send(reply, new Problem(statusCode, 'Bad Request', detail));
  }
  request.log.error({ error: nameOf(error) }, 'A request failed unexpectedly. The client was told to retry.');
  return send(reply, serviceUnavailable('The relay failed to handle the request. Try again in a few seconds.'));
}

/** The response to a request for a path that does not exist, or that must not be revealed to the client. */
export const unknownPath = (): Problem => notFound('This path does not exist.');

/** Responds to a request that matches no route. */
export const handleNotFound = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  send(reply, unknownPath());
