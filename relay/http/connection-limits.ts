/**
 * Limits on connections, so that clients without a credential can neither use up the memory and the file descriptors of
 * a process nor keep webhooks out.
 *
 * - A connection is **admitted** while it carries a request whose webhook URL, token or link grants access to a
 *   channel. All admitted connections together have a share of the process's connections, and the admitted connections
 *   of each channel have a smaller share. When the share of all channels is in use, the slowest client of the channel
 *   that holds the most connections gives way to a channel that holds fewer.
 * - All other connections **wait**: for the first byte of the headers, for the end of the headers, for a decision, for
 *   the remainder of a refused request, or for the next request. When all connections are in use, the connection that
 *   has waited longest is closed.
 *
 * Connections are not counted by the address of the client, because all connections behind a proxy have the proxy's
 * address. In addition, a proxy can open a connection for a slow body long before it sends the headers. For example,
 * Caddy sends the headers with the first 4 kB of the body.
 */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Maximum number of open connections of a process. A connection can hold a small body and the body's sealed form, 128
 * kB in total.
 */
const MAX_CONNECTIONS = 500;
/** Maximum share of the connections that carry admitted requests. The remaining connections are left to new clients. */
const ADMITTED_SHARE = 4 / 5;
/** Maximum share of the connections that carry admitted requests of one channel. */
const CHANNEL_SHARE = 2 / 5;
/** Time that incomplete requests have to arrive once the server stops, in milliseconds. */
const STOP_MS = 2_000;

/** The connections of a server. */
export type Connections = ReturnType<typeof limitConnections>;

/**
 * Counts connections. If the limit is exceeded, closes the connection that has waited longest.
 *
 * @param canGiveWay - returns true if the relay is waiting for the client of an admitted request
 */
function createSlots(limit: number, canGiveWay: (socket: Socket) => boolean) {
  /** Connections without an admitted request, in the order in which they began to wait. */
  const waiting = new Set<Socket>();
  /** The channels of admitted requests, in the order in which they were admitted. */
  const admitted = new Map<Socket, string>();

  const isOpen = (socket: Socket): boolean => waiting.has(socket) || admitted.has(socket);

  /**
   * Closes the slowest connection of the channel that holds the most connections. Returns false if no channel holds
   * more than `own` connections.
   */
  function makeRoom(counts: ReadonlyMap<string, number>, own: number): boolean {
    let most = own;
    let slowest: Socket | null = null;
    for (const [socket, channel] of admitted) {
      const held = counts.get(channel) ?? 0;
      if (held <= most || !canGiveWay(socket)) continue;
      most = held;
      slowest = socket;
    }
    if (!slowest) return false;
    admitted.delete(slowest);
    slowest.resetAndDestroy();
    return true;
  }

  return {
    /** Adds a new connection, which waits. */
    open: (socket: Socket): void => {
      waiting.add(socket);
      const [longest] = waiting;
      if (!longest || waiting.size + admitted.size <= limit) return;
      waiting.delete(longest);
      // Frees the part of a response that the client has not received. After `destroy`, the operating system would keep
      // this part.
      longest.resetAndDestroy();
    },
    close: (socket: Socket): void => {
      waiting.delete(socket);
      admitted.delete(socket);
    },
    /** Marks a connection as waiting. */
    wait: (socket: Socket): void => {
      if (!isOpen(socket)) return;
      admitted.delete(socket);
      waiting.delete(socket);
      waiting.add(socket);
    },
    /** Admits a connection's request to a channel. Returns false without making a change if a share is used up. */
    tryAdmit: (socket: Socket, channel: string): boolean => {
      // The connection has already been closed, so no client waits for the response.
      if (!waiting.has(socket)) return true;
      const counts = new Map<string, number>();
      for (const other of admitted.values()) counts.set(other, (counts.get(other) ?? 0) + 1);
      const own = counts.get(channel) ?? 0;
      if (own >= limit * CHANNEL_SHARE) return false;
      if (admitted.size >= limit * ADMITTED_SHARE && !makeRoom(counts, own)) return false;
      waiting.delete(socket);
      admitted.set(socket, channel);
      return true;
    },
  };
}

/** Adds the limits to a server. @param limit - maximum number of connections; default: 500 */
export function limitConnections(app: FastifyInstance, limit = MAX_CONNECTIONS) {
  const { server } = app;
  /** The response to the newest request on each connection; null before the first request. */
  const newest = new Map<Socket, ServerResponse | null>();
  const slots = createSlots(limit, (socket) => {
    const response = newest.get(socket);
    return response?.headersSent === true || response?.req.complete === false;
  });

  server.on('connection', (socket) => {
    newest.set(socket, null);
    slots.open(socket);
    socket.once('close', () => {
      newest.delete(socket);
      slots.close(socket);
    });
  });
  server.prependListener('request', ({ socket }, response) => {
    const previous = newest.get(socket);
    // A client that sends requests without waiting for responses would hold many bodies with one connection. After a
    // response that closes the connection, no further request on the connection gets a response.
    if (previous && (!previous.writableEnded || !previous.shouldKeepAlive)) socket.destroy();
    newest.set(socket, response);
    slots.wait(socket);
    response.once('close', () => {
      slots.wait(socket);
    });
  });
  // By default, Node.js itself responds to an unknown `Expect` header. The relay ignores the header, so that every
  // request takes the same path.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  app.addHook('onRequest', ({ raw }, reply, next) => {
    if (raw.socket.destroyed) reply.hijack();
    next();
  });
  app.addHook('preClose', (done) => {
    // Without this change, a connection with a request in progress would stay open after the response, and delay the
    // shutdown.
    for (const response of newest.values()) if (response?.headersSent === false) response.shouldKeepAlive = false;
    setTimeout(() => {
      for (const [socket, response] of newest) if (!response?.req.complete) socket.destroy();
    }, STOP_MS).unref();
    done();
  });

  return {
    /**
     * Admits a request whose headers grant access to a channel. Returns false if too many admitted requests are in
     * progress.
     */
    tryAdmit: ({ raw }: FastifyRequest, channel: string): boolean => slots.tryAdmit(raw.socket, channel),
  };
}
