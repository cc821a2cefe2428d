/** HTTP servers that stand in for Zapier in tests. The servers receive the relay's deliveries on a real socket. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request with its complete body. */
export interface ReceivedRequest {
  /** Path and query of the request. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type HttpServer = Awaited<ReturnType<typeof startHttpServer>>;

/**
 * Starts an HTTP server on a free port.
 *
 * @param handle - called when the body of a request is complete; must end the response
 */
export async function startHttpServer(handle: (request: ReceivedRequest, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      handle({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    /** Closes the server and all of its connections. */
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A server that records the requests that it receives. */
export type TargetServer = Awaited<ReturnType<typeof startTargetServer>>;

/**
 * Starts a target server.
 *
 * @param respond - responds to each request; default: responds with 200
 */
export async function startTargetServer(
  respond: (response: ServerResponse, request: ReceivedRequest) => void = (response) => response.end(),
) {
  const received: ReceivedRequest[] = [];
  const server = await startHttpServer((request, response) => {
    received.push(request);
    respond(response, request);
  });
  return { ...server, received };
}
