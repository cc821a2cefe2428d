/** A proxy that adds the headers of Render's proxies (observed) to each request, and passes everything on. */

import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

const HEADERS = {
  'cf-connecting-ip': '203.0.113.7',
  'cf-ray': '8f0000000000000-FRA',
  'rndr-id': '00000000-0000-4000',
  'true-client-ip': '203.0.113.7',
  'x-forwarded-for': '203.0.113.7, 198.51.100.4, 10.0.0.9',
  'x-forwarded-proto': 'https',
  'x-request-start': '1781114700000000',
};

/**
 * Starts a proxy in front of a port of this machine. While nothing listens on the port, the proxy responds with 502, as
 * Render does.
 */
export async function startRenderProxy(port: number) {
  const server = createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const passedOn = sendRequest({ port, path, method, headers: { ...headers, ...HEADERS } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passedOn.on('error', () => response.writeHead(502).end());
    incoming.pipe(passedOn);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
}
