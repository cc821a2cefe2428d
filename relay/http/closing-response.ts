/**
 * Responses that are sent before their request has been read to the end.
 *
 * A proxy shares its connections to the relay among all clients. The proxy reuses a connection as soon as it has
 * received the response, even if the relay has not received the remainder of the body. The next request on the
 * connection, such as the webhook of another agency, would follow this remainder. The request would fail when the relay
 * stops reading the remainder.
 */

import { ServerResponse, type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

/** Maximum size of the remainder that the relay reads, including chunk headers, in bytes. */
const MAX_REST_BYTES = 256 * 1024;
/** Time after which the relay closes the connection even if the remainder has not arrived, in milliseconds. */
const MAX_REST_MS = 1_000;

/** Returns true if the relay has not read the body of a request to the end. */
function hasRest({ complete, headers }: IncomingMessage): boolean {
  // Even a request without a body is incomplete until its headers have been handled.
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/**
 * Reads and discards the remainder of a request. Closes the connection at the end of the request, or after
 * {@link MAX_REST_MS}. If the relay closed the connection at once, a proxy that is still sending the body would report
 * an error.
 */
function discardRest(request: IncomingMessage): void {
  const { socket } = request;
  const { bytesRead } = socket;
  const destroySoon = socket.destroySoon.bind(socket);
  // Node.js calls this method when the response has been sent. The remainder of the request can still arrive.
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
