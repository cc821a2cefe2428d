/**
 * Responses that are sent before their request has been read to the end.
 *
 * A proxy shares its connections to the relay among all clients. It reuses a connection as soon as it has the response,
 * even if the relay has not received the rest of the body. The next request on the connection, such as the webhook of
 * another agency, would follow this rest, and would fail when the relay stops reading the rest.
 */

import { ServerResponse, type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

/**
 * Limits on reading the rest of a body: the size including chunk headers, in bytes, and the time after which its
 * connection is closed, in milliseconds.
 */
const MAX_REST_BYTES = 256 * 1024;
const MAX_REST_MS = 1_000;

/** Returns true if a part of the body of a request has not arrived. */
function hasRest({ complete, headers }: IncomingMessage): boolean {
  // A request is not complete before its header has been handled, even if it has no body.
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/**
 * Reads and discards the rest of a request, and closes the connection at its end, or after {@link MAX_REST_MS}. If the
 * connection were closed at once, a proxy that is still sending the body would report an error.
 */
function discardRest(request: IncomingMessage): void {
  const { socket } = request;
  const { bytesRead } = socket;
  const destroySoon = socket.destroySoon.bind(socket);
  // Node.js calls this method when the response has been sent. The rest of the request may still arrive.
  socket.destroySoon = () => {
    socket.end();
  };
  const timer = setTimeout(() => socket.destroy(), MAX_REST_MS);
  request
    .on('error', () => undefined)
    .once('close', () => {
      clearTimeout(timer);
      destroySoon();
    });
  request.on('data', () => {
    if (socket.bytesRead - bytesRead > MAX_REST_BYTES) request.pause();
  });
  request.resume();
}

/**
 * A response that closes its connection if its request has not been read to the end. All responses of the server have
 * this class, including responses that Node.js and fastify send before a route is known.
 */
export class ClosingResponse<Request extends IncomingMessage> extends ServerResponse<Request> {
  override writeHead(
    status: number,
    messageOrHeaders?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    if (hasRest(this.req)) {
      this.shouldKeepAlive = false;
      discardRest(this.req);
    }
    return typeof messageOrHeaders === 'string'
      ? super.writeHead(status, messageOrHeaders, headers)
      : super.writeHead(status, messageOrHeaders);
  }
}
