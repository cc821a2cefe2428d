/** HTTP servers that replace Zapier in tests. They receive the relay's deliveries on a real socket. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request with its complete body. */
export interface ReceivedRequest {
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type HttpServer = Awaited<ReturnType<typeof startHttpServer>>;

/** A server that records the requests it receives. */
export interface TargetServer extends HttpServer {
  readonly received: ReceivedRequest[];
}

/**
 * Starts an HTTP server.
 *
 * @param handle - called once per request, when its body is complete; must end the response
 * @param address - the IPv4 address of this machine to listen on
 * @param port - 0 for a free port
 */
export async function startHttpServer(
  handle: (request: ReceivedRequest, response: ServerResponse) => void,
  address = '127.0.0.1',
  port = 0,
) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      handle({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }, response);
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  return {
    origin: `http://${address}:${bound.port}`,
    server,
    /** Closes the server and all its connections. */
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Starts a target server.
 *
 * @param respond - called with the number of requests so far, including this one; responds with 200 by default
 * @param where - the address and the port, as for {@link startHttpServer}
 */
export async function startTargetServer(
  respond: (response: ServerResponse, request: ReceivedRequest, count: number) => void = (response) => response.end(),
  ...where: readonly [address?: string, port?: number]
): Promise<TargetServer> {
  const received: ReceivedRequest[] = [];
  const server = await startHttpServer(
    (request, response) => {
      received.push(request);
      respond(response, request, received.length);
    },
    ...where,
  );
  return { ...server, received };
}
