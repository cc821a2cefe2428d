/**
 * Limits on connections, so that clients without a token cannot use up the memory and the file descriptors of a
 * process. Limits on the connections of each address are left to the proxy: behind it, all connections have its address.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyInstance } from 'fastify';

/** Maximum number of open connections of a process. Each may hold a small body and its sealed form, 128 kB in total. */
const MAX_CONNECTIONS = 500;
/** The rest of a refused body is read up to this size. After this time, its connection is closed. */
const MAX_REST_BYTES = 256 * 1024;
const MAX_REST_MS = 1_000;
/** Time that requests have to arrive completely once the server stops. */
const STOP_MS = 2_000;

/** Reads on after the response to an incomplete request, and closes the connection if much is left. */
function discardRest(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroy(), MAX_REST_MS);
  let bytes = 0;
  request
    .on('error', () => undefined)
    .once('close', () => {
      clearTimeout(timer);
    });
  request.on('data', ({ length }: Buffer) => {
    bytes += length;
    // A proxy that is still sending the body would report an error if the connection closed at once.
    if (bytes > MAX_REST_BYTES) request.pause();
  });
  request.resume();
}

/** Adds the limits to a server. */
export function limitConnections(app: FastifyInstance): void {
  const { server } = app;
  /** The response to the newest request of each connection; null before the first request. */
  const newest = new Map<Socket, ServerResponse | null>();

  server.maxConnections = MAX_CONNECTIONS;
  // Connections that clients keep for later requests must not keep other clients out.
  server.on('drop', () => {
    server.closeIdleConnections();
  });
  server.on('connection', (socket) => {
    newest.set(socket, null);
    socket.once('close', () => newest.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    // A client that sends requests without waiting for responses would hold many bodies with one connection.
    if (newest.get(socket)?.writableEnded === false) socket.destroy();
    newest.set(socket, response);
  });
  // Otherwise, Node.js reads the rest of the body to its end.
  app.addHook('onSend', (request, _reply, payload, next) => {
    if (!request.raw.complete) discardRest(request.raw);
    next(null, payload);
  });
  app.addHook('preClose', (done) => {
    // A connection with a request in progress would otherwise stay open after the response, and delay the stop.
    for (const response of newest.values()) if (response) response.shouldKeepAlive = false;
    setTimeout(() => {
      for (const [socket, response] of newest) if (!response?.req.complete) socket.destroy();
    }, STOP_MS).unref();
    done();
  });
}
